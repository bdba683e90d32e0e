import { gzipSync } from 'node:zlib';
import { type HostileToRoutes, post, postInChunks, request, utf8 } from './build.ts';

const JSON_TYPE = 'application/json';
const MIB = 1024 * 1024;
const item = (text: string): string => `{"item":${text}}`;
const order = (body: string, type: string | undefined = JSON_TYPE, ...lines: readonly string[]): string =>
  post('/orders', type, body, ...lines);
const SEEN = 'POST /orders {"item":"a"}';
const bomb = gzipSync(Buffer.alloc(10 * MIB)).toString('latin1');

/** `/orders` takes JSON by a schema that keeps what it knows, `{ item: string }`. */
export const bodies: readonly HostileToRoutes[] = [
  { name: 'what is asked for', send: order(item('"a"')), answer: 201, seen: SEEN },
  { name: '`__proto__` as a key', send: order('{"item":"a","__proto__":{"admin":true}}'), answer: 400 },
  { name: '`__proto__` with an escape in it', send: order('{"item":"a","__pr\\u006fto__":{"admin":true}}'), answer: 400 },
  { name: '`__proto__` far inside', send: order('{"item":"a","b":[{"c":{"__proto__":1}}]}'), answer: 400 },
  { name: '`constructor` with a `prototype`', send: order('{"item":"a","constructor":{"prototype":{"admin":true}}}'), answer: 400 },
  { name: '`constructor` alone', send: order('{"item":"a","constructor":"x"}'), answer: 201, seen: SEEN },
  { name: 'a key twice: the last counts', send: order('{"item":"b","item":"a"}'), answer: 201, seen: SEEN },
  { name: 'arrays 101 deep', send: order(`{"item":"a","b":${'['.repeat(100)}${']'.repeat(100)}}`), answer: 400 },
  { name: 'arrays 400,000 deep', send: order('['.repeat(400_000)), answer: 400 },
  { name: 'objects 100,000 deep', send: order('{"a":'.repeat(100_000)), answer: 400 },
  { name: 'a million commas', send: order(`[${','.repeat(MIB - 2)}]`), answer: 400 },
  { name: 'half a million numbers', send: order(`[${'0,'.repeat(MIB / 2 - 2)}0]`), answer: 400 },
  { name: 'a number beyond all numbers', send: order(item('1e999')), answer: 400 },
  { name: 'a number of 100,000 digits', send: order(item('9'.repeat(100_000))), answer: 400 },
  { name: 'NaN', send: order(item('NaN')), answer: 400 },
  { name: 'a comment', send: order(`${item('"a"')}//`), answer: 400 },
  { name: 'two values', send: order(item('"a"') + item('"a"')), answer: 400 },
  { name: 'a value that breaks off', send: order('{"item":"a"'), answer: 400 },
  { name: 'nothing', send: order(''), answer: 400 },
  { name: 'white space', send: order(' '.repeat(1000)), answer: 400 },
  { name: 'a byte that is no UTF-8', send: order(item('"\xff"')), answer: 400 },
  { name: 'an overlong encoding of a quote', send: order(item('"\xc0\xa2"')), answer: 400 },
  { name: 'half a surrogate pair in UTF-8', send: order(item('"\xed\xa0\x80"')), answer: 400 },
  { name: 'UTF-16', send: order(Buffer.from(item('"a"'), 'utf16le').toString('latin1')), answer: 400 },
  { name: 'a NUL in a string', send: order(item('"\u0000"')), answer: 400 },
  { name: 'a byte order mark', send: order(utf8(`\ufeff${item('"a"')}`)), answer: 400 },
  { name: 'a type that pages of other origins can send', send: order(item('"a"'), 'text/plain'), answer: 415 },
  { name: 'no type', send: post('/orders', undefined, item('"a"')), answer: 415 },
  { name: 'two types', send: order(item('"a"'), JSON_TYPE, 'Content-Type: text/plain'), answer: 415 },
  { name: 'a type within another', send: order(item('"a"'), 'text/plain; a=application/json'), answer: 415 },
  { name: 'a charset that is not UTF-8', send: order(item('"a"'), `${JSON_TYPE}; charset=utf-7`), answer: 415 },
  { name: 'a gzip bomb of 10 MiB', send: order(bomb, JSON_TYPE, 'Content-Encoding: gzip'), answer: 415 },
  { name: 'a gzip bomb in chunks, not named so', send: postInChunks('/orders', JSON_TYPE, bomb), answer: 400 },
  { name: 'a coding within a coding', send: order(bomb, JSON_TYPE, 'Content-Encoding: gzip, gzip'), answer: 415 },
  { name: 'a coding that nobody knows', send: order(item('"a"'), JSON_TYPE, 'Content-Encoding: x'), answer: 415 },
  { name: 'the coding that is none', send: order(item('"a"'), JSON_TYPE, 'Content-Encoding: identity'), answer: 201, seen: SEEN },
  { name: 'a byte more than is read', send: order(' '.repeat(MIB + 1)), answer: 413, last: true },
  { name: 'a byte more than is read, in chunks', send: postInChunks('/orders', JSON_TYPE, ' '.repeat(MIB + 1)), answer: 413, last: true },
  {
    name: 'a length of 10 GB',
    send: request('POST /orders', [`Content-Type: ${JSON_TYPE}`, 'Content-Length: 10000000000']),
    answer: 413,
    last: true,
  },
];

const BOUNDARY = 'b';
const FORM = `multipart/form-data; boundary=${BOUNDARY}`;
const END = `--${BOUNDARY}--\r\n`;
const part = (disposition: string, text = 'x'): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${text}\r\n`;
const upload = (body: string, type = FORM): string => post('/uploads', type, body);

/** `/uploads` takes ten fields of 1 KiB and two files of 10 KiB, and tells their names. */
export const uploads: readonly HostileToRoutes[] = [
  {
    name: 'a field and a file',
    send: upload(part('name="a"') + part('name="f"; filename="x.txt"') + END),
    answer: 201,
    seen: 'POST /uploads a f=x.txt',
  },
  {
    name: 'a file name with folders',
    send: upload(part('name="f"; filename="../../etc/passwd"') + END),
    answer: 201,
    seen: 'POST /uploads f=passwd',
  },
  { name: 'a field named `__proto__`', send: upload(part('name="__proto__"') + END), answer: 201, seen: 'POST /uploads __proto__' },
  { name: 'eleven fields', send: upload(part('name="a"').repeat(11) + END), answer: 413, last: true },
  { name: '10,000 fields', send: upload(part('name="a"').repeat(10_000) + END), answer: 413, last: true },
  { name: 'three files', send: upload(part('name="f"; filename="x"').repeat(3) + END), answer: 413, last: true },
  { name: 'a long field', send: upload(part('name="a"', 'x'.repeat(1025)) + END), answer: 413, last: true },
  { name: 'a long file', send: upload(part('name="f"; filename="x"', 'x'.repeat(10_241)) + END), answer: 413, last: true },
  { name: 'a name of 100,000 characters', send: upload(part(`name="${'n'.repeat(100_000)}"`) + END), answer: 413, last: true },
  { name: 'no end', send: upload(part('name="a"')), answer: 400 },
  { name: 'no boundary in the type', send: upload(END, 'multipart/form-data'), answer: 400 },
  { name: 'a part without a name', send: upload(part('filename="x"') + END), answer: 400 },
  { name: 'another type', send: upload(END, 'multipart/mixed; boundary=b'), answer: 415 },
];
