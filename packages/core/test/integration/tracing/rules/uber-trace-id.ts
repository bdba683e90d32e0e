import { PARENT, type Rule } from './rule.ts';

const goesOn = (title: string, value: string, caller: { trace: string; span: string }, goesOnWith = '01'): Rule => ({
  section: 'uber-trace-id',
  title,
  send: [`uber-trace-id: ${value}`],
  goesOnWith,
  caller,
});
const ignored = (title: string, value: string): Rule => ({ section: 'uber-trace-id', title, send: [`uber-trace-id: ${value}`] });
const same = { trace: '<trace>', span: '<span>' };

/** Jaeger's "Propagation Format", as Go patron up to v0.73 sends it. What goes on is W3C's form. */
export const uberTraceIdRules: readonly Rule[] = [
  goesOn('128 bits, sampled', '<trace>:<span>:0:1', same),
  goesOn('128 bits, not sampled', '<trace>:<span>:0:0', same, '00'),
  goesOn('64 bits', 'a3ce929d0e0e4736:<span>:0:1', { trace: '0000000000000000a3ce929d0e0e4736', span: '<span>' }),
  goesOn('ids without their leading zeros', '1234:abc:0:1', { trace: '00000000000000000000000000001234', span: '0000000000000abc' }),
  goesOn('debug is sampled', '<trace>:<span>:0:2', same),
  goesOn('debug and sampled', '<trace>:<span>:0:3', same),
  goesOn('firehose alone is not sampled', '<trace>:<span>:0:8', same, '00'),
  goesOn('a parent that nobody uses any more', '<trace>:<span>:1234567890abcdef:1', same),
  goesOn('percent-encoded colons', '<trace>%3A<span>%3a0%3A1', same),
  goesOn('upper case', 'A3CE929D0E0E4736A3CE929D0E0E4736:ABC:0:1', { trace: 'a3ce929d0e0e4736a3ce929d0e0e4736', span: '0000000000000abc' }),
  ignored('three parts', '<trace>:<span>:0'),
  ignored('five parts', '<trace>:<span>:0:1:1'),
  ignored('a trace id of zeros', '0:<span>:0:1'),
  ignored('a span id of zeros', '<trace>:0:0:1'),
  ignored('a trace id of 33 digits', '<trace>0:<span>:0:1'),
  ignored('letters that are no digits', '<trace>:xyz:0:1'),
  ignored('an empty header', ''),
  {
    section: 'uber-trace-id',
    title: 'the header twice is no header',
    send: ['uber-trace-id: <trace>:<span>:0:1', 'uber-trace-id: <trace>:1:0:1'],
  },
  { section: 'uber-trace-id', title: 'a traceparent beside it wins', send: ['uber-trace-id: 1234:abc:0:0', PARENT], goesOnWith: '01' },
  {
    section: 'uber-trace-id',
    title: 'a malformed traceparent beside it does not',
    send: ['uber-trace-id: <trace>:<span>:0:1', 'traceparent: rubbish'],
    goesOnWith: '01',
  },
  {
    section: 'uberctx-',
    title: 'Jaeger’s baggage goes on as baggage',
    send: ['uber-trace-id: <trace>:<span>:0:1', 'uberctx-tenant: acme', 'UberCtx-User: Ann%20B'],
    goesOnWith: '01',
    baggage: 'tenant=acme,user=Ann%20B',
  },
  {
    section: 'uberctx-',
    title: 'what cannot be decoded is left out',
    send: ['uber-trace-id: <trace>:<span>:0:1', 'uberctx-a: %', 'uberctx-: x', 'uberctx-__proto__: p'],
    goesOnWith: '01',
    baggage: '__proto__=p',
  },
  { section: 'uberctx-', title: 'without its trace header it is not read', send: ['uberctx-tenant: acme'] },
];
