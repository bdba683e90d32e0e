import { members, PARENT, type Rule } from './rule.ts';

const kept = (section: string, title: string, value: string, tracestate = value): Rule => ({
  section,
  title,
  send: [PARENT, `tracestate: ${value}`],
  goesOnWith: '01',
  tracestate,
});
/** A bad list goes as a whole, and takes nothing with it. */
const dropped = (section: string, title: string, value: string): Rule => ({
  section,
  title,
  send: [PARENT, `tracestate: ${value}`],
  goesOnWith: '01',
});

const KEY = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/';
const printable = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i)).filter((c) => c !== ',' && c !== '=');
const VALUE = printable.join('').trim();

/** W3C Trace Context §3.3 and what §4 says of the two headers together. */
export const tracestateRules: readonly Rule[] = [
  kept('§3.3', 'one member', 'rojo=00f067aa0ba902b7'),
  kept('§3.3', 'many members keep their order', 'rojo=1,congo=2,a=3,z=4,b=5'),
  ...['TraceState', 'TrAcEsTaTe', 'TRACESTATE'].map((name) => ({
    section: '§3.3.1',
    title: `the name in any case: ${name}`,
    send: [PARENT, `${name}: rojo=1`],
    goesOnWith: '01',
    tracestate: 'rojo=1',
  })),
  { section: '§3.3.1', title: 'another name is another header', send: [PARENT, 'trace-state: rojo=1'], goesOnWith: '01' },
  {
    section: '§3.3.1.1, RFC 9110 §5.3',
    title: 'many headers are one, in their order',
    send: [PARENT, 'tracestate: a=1,b=2', 'tracestate: rojo=1,congo=2', 'tracestate: c=3'],
    goesOnWith: '01',
    tracestate: 'a=1,b=2,rojo=1,congo=2,c=3',
  },
  {
    section: '§3.3.1.1',
    title: 'an empty header among many takes nothing away',
    send: [PARENT, 'tracestate: a=1', 'tracestate:', 'tracestate: b=2'],
    goesOnWith: '01',
    tracestate: 'a=1,b=2',
  },
  {
    section: '§3.3.1.1',
    title: 'a key in two headers is there twice',
    send: [PARENT, 'tracestate: a=1', 'tracestate: a=2'],
    goesOnWith: '01',
  },
  dropped('§3.3.1.1', 'an empty header is accepted and not sent on', ''),
  dropped('§3.3.1.1', 'nothing but commas and spaces', ' , ,\t,'),
  kept('§3.3.1.1', 'empty members are left out', 'a=1,,b=2, ,c=3,', 'a=1,b=2,c=3'),
  kept('§3.3.1.1', 'spaces and tabs around members are left out', ' \t a=1 \t , \t b=2,\tc=3 \t', 'a=1,b=2,c=3'),
  kept('§3.3.1.1', '32 members are the most', members(32)),
  dropped('§3.3.1.1', '33 members are too many', members(33)),
  kept('§3.3.1.1', 'empty members do not count', `${members(32)},,,`, members(32)),
  dropped('§3.3.1.1', 'the same key twice', 'a=1,b=2,a=3'),
  dropped('§3.3.1.1', 'the same key twice with the same value', 'a=1,a=1'),

  kept('§3.3.1.3.1', 'a key of all characters that are allowed', `${KEY}=1`),
  kept('§3.3.1.3.1', 'a key of a tenant and a vendor, of all characters', `${KEY}@a-z0-9_-*/=1`),
  kept('§3.3.1.3.1', 'a key that begins with a digit', '1a=1'),
  kept('§3.3.1.3.1', 'a key of 256 characters', `${'k'.repeat(256)}=1`),
  dropped('§3.3.1.3.1', 'a key of 257 characters', `${'k'.repeat(257)}=1`),
  kept('§3.3.1.3.1', 'a tenant of 241 and a vendor of 14 characters', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`),
  dropped('§3.3.1.3.1', 'a tenant of 242 characters', `${'t'.repeat(242)}@v=1`),
  dropped('§3.3.1.3.1', 'a vendor of 15 characters', `t@${'v'.repeat(15)}=1`),
  dropped('§3.3.1.3.1', 'a vendor that begins with a digit', 't@1v=1'),
  dropped('§3.3.1.3.1', 'two at signs', 'a@@b=1,c=2'),
  dropped('§3.3.1.3.1', 'a tenant, a vendor and one more', 'a@b@c=1,d=2'),
  dropped('§3.3.1.3.1', 'an at sign at the end', 'a@=1,b=2'),
  dropped('§3.3.1.3.1', 'an at sign at the beginning', '@a=1,b=2'),
  dropped('§3.3.1.3.1', 'a key in upper case', 'Rojo=1,b=2'),
  dropped('§3.3.1.3.1', 'a key with a dot', 'a.b=1,c=2'),
  dropped('§3.3.1.3.1', 'a key with a space behind it', 'a =1'),
  dropped('§3.3.1.3.1', 'a key that begins with an underscore', '_a=1'),
  dropped('§3.3.1.3.1', 'no key', '=1'),
  dropped('§3.3.1.3', 'no equals sign', 'a,b=2'),

  kept('§3.3.1.3.2', 'a value of all characters that are allowed', `a=${VALUE}`),
  kept('§3.3.1.3.2', 'spaces before and within a value belong to it', 'a=  b  c,d=1'),
  kept('§3.3.1.3.2', 'a value of 256 characters', `a=${'v'.repeat(256)}`),
  dropped('§3.3.1.3.2', 'a value of 257 characters', `a=${'v'.repeat(257)}`),
  dropped('§3.3.1.3.2', 'no value', 'a=,b=2'),
  dropped('§3.3.1.3.2', 'a value with an equals sign', 'a=b=c'),
  dropped('§3.3.1.3.2', 'a value with a tab', 'a=b\tc'),
  dropped('§3.3.1.3.2', 'a value with bytes that are no ASCII', 'a=caf\xe9'),

  kept('§3.3.1.5', 'more than 512 characters', members(32, 'v'.repeat(20))),
  kept('§3.3.1.5', 'a list as long as its members may be', members(28, 'v'.repeat(256))),
  dropped('§3.3.1.5', 'more than 8,192 characters go as a whole', members(32, 'v'.repeat(256))),

  { section: '§4.3', title: 'a tracestate without a traceparent means nothing', send: ['tracestate: a=1'] },
  {
    section: '§3.3',
    title: 'a tracestate beside a malformed traceparent is not read',
    send: ['traceparent: ff-<trace>-<span>-01', 'tracestate: a=1'],
  },
  { section: '§4.3', title: 'a tracestate beside two traceparents is not read', send: [PARENT, PARENT, 'tracestate: a=1'] },
  {
    section: '§3.3.2',
    title: 'a tracestate beside a later version goes on',
    send: ['traceparent: cc-<trace>-<span>-01-x', 'tracestate: a=1'],
    goesOnWith: '01',
    tracestate: 'a=1',
  },
  {
    section: '§3.4',
    title: 'a tracestate of a trace that is not sampled goes on',
    send: ['traceparent: 00-<trace>-<span>-00', 'tracestate: a=1,b=2'],
    goesOnWith: '00',
    tracestate: 'a=1,b=2',
  },
];
