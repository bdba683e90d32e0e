import { members, type Rule } from './rule.ts';

const kept = (section: string, title: string, value: string, baggage = value): Rule => ({
  section,
  title,
  send: [`baggage: ${value}`],
  baggage,
});
const left = (section: string, title: string, value: string): Rule => ({ section, title, send: [`baggage: ${value}`] });

const TOKEN = "!#$%&'*+-.^_`|~09azAZ";
const big = members(64, 'v'.repeat(123));

/** W3C Baggage. It needs no trace to travel. */
export const baggageRules: readonly Rule[] = [
  kept('§3.2', 'members keep their order', 'userId=alice,serverNode=DF%2028,isProduction=false'),
  {
    section: '§3.1',
    title: 'the name in any case',
    send: ['Baggage: a=1'],
    baggage: 'a=1',
  },
  { section: '§3, RFC 9110 §5.3', title: 'many headers are one', send: ['baggage: a=1,b=2', 'baggage: c=3'], baggage: 'a=1,b=2,c=3' },
  kept(
    '§3.2.1',
    'whitespace around members, keys, values and properties is left out',
    ' a = 1 ;\tp = 2 ; q\t, b\t=\t3 ',
    'a=1;p = 2;q,b=3',
  ),
  kept('§3.2.1.2', 'a key of all characters of a token', `${TOKEN}=1`),
  kept('§3.2.1.3', 'a value may be empty', 'a=,b=2'),
  kept('§3.2.1.3', 'a value is percent-decoded and encoded again', 'a=%F0%9F%8D%B5,b=caf%C3%A9,c=%20', 'a=%F0%9F%8D%B5,b=caf%C3%A9,c=%20'),
  kept('§3.2.1.3', 'equals signs belong to the value', 'a=b=c=d', 'a=b%3Dc%3Dd'),
  kept('§3.2.1.3', 'commas and semicolons that are encoded stay so', 'a=1%2C2%3B3', 'a=1%2C2%3B3'),
  kept('§3.2.1.4', 'properties go on with their member', 'a=1;p;q=2;r=%20,b=2;s'),
  kept('§3.2.1.1', 'of a key that is there twice the last value goes on', 'a=1,b=2,a=3', 'a=3,b=2'),
  kept('§3.3.2', 'a member without an equals sign is left out, the others go on', 'a=1,lone,b=2', 'a=1,b=2'),
  kept('§3.3.2', 'a member without a key is left out', '=1,b=2', 'b=2'),
  kept('§3.3.2', 'a key that is no token is left out', 'a b=1,c(d)=2,"e"=3,f=4', 'f=4'),
  kept('§3.3.2', 'a value that is not decodable is left out', 'a=%,b=%zz,c=%C3%28,d=4', 'd=4'),
  kept('§3.3.2', 'a value with a space, a quote or a backslash is left out', 'a=1 2,b="x",c=x\\y,d=4', 'd=4'),
  kept('§3.3.2', 'a value with bytes that are no ASCII is left out', 'a=caf\xe9,b=2', 'b=2'),
  kept('§3.3.2', 'a property that is not printable is left out', 'a=1;\xe9;p,b=2', 'a=1;p,b=2'),
  left('§3.3.2', 'an empty header', ''),
  left('§3.3.2', 'nothing but separators', ' , ;,;; ,=, '),
  kept('§3.3.1', '64 members go on', members(64)),
  kept('§3.3.1', '180 members go on', members(180)),
  kept('§3.3.1', 'of more than 180 members the first 180 go on', members(200), members(180)),
  kept('§3.3.1', '8,192 bytes go on', `${big},z=${'v'.repeat(8192 - big.length - 3)}`),
  kept('§3.3.1', 'of more than 8,192 bytes those members go on that fit', `${big},z=${'v'.repeat(8192 - big.length - 2)}`, big),
  kept('§3.3.1', 'one member that is too large goes alone', `a=1,b=${'v'.repeat(8190)}`, 'a=1'),
  kept('§3.2.1.2', 'a key named __proto__ is a key like any other', '__proto__=1,constructor=2,toString=3'),
  {
    section: '§3',
    title: 'baggage goes on beside a malformed traceparent',
    send: ['traceparent: rubbish', 'baggage: a=1'],
    baggage: 'a=1',
  },
  {
    section: '§3',
    title: 'baggage goes on beside a trace',
    send: ['traceparent: 00-<trace>-<span>-01', 'baggage: a=1'],
    goesOnWith: '01',
    baggage: 'a=1',
  },
];
