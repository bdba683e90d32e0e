import { PARENT, type Rule } from './rule.ts';

const goesOn = (section: string, title: string, value: string, goesOnWith = '01'): Rule => ({
  section,
  title,
  send: [`traceparent: ${value}`],
  goesOnWith,
});
const ignored = (section: string, title: string, value: string): Rule => ({ section, title, send: [`traceparent: ${value}`] });

/** W3C Trace Context, level 1 and, where it says so, level 2. */
export const traceparentRules: readonly Rule[] = [
  { section: '§3.2', title: 'no traceparent: a trace begins here', send: [] },
  { section: '§3.2', title: 'a valid traceparent goes on', send: [PARENT], goesOnWith: '01' },
  ...['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'].map((name) => ({
    section: '§3.2.1',
    title: `the name in any case: ${name}`,
    send: [`${name}: 00-<trace>-<span>-01`],
    goesOnWith: '01',
  })),
  ...['trace-parent', 'trace.parent', 'trace_parent', 'x-traceparent'].map((name) => ({
    section: '§3.2.1',
    title: `another name is another header: ${name}`,
    send: [`${name}: 00-<trace>-<span>-01`],
  })),

  goesOn('§3.2.2.1', 'version 01, of level 2 or later, without more', '01-<trace>-<span>-01'),
  goesOn('§3.2.2.1', 'version cc is read by the parts of 00 and sent on as 00', 'cc-<trace>-<span>-01'),
  goesOn(
    '§3.2.4',
    'a later version may have more behind a dash, which does not go on',
    'cc-<trace>-<span>-01-what-the-future-will-be-like',
  ),
  goesOn('§3.2.4', 'a later version may end with the dash', '01-<trace>-<span>-00-', '00'),
  ignored('§3.2.4', 'a later version with more that is glued on', 'cc-<trace>-<span>-01what'),
  ignored('§3.2.4', 'a later version with more behind a dot', 'cc-<trace>-<span>-01.what'),
  ignored('§3.2.4', 'a later version that is shorter than 55 characters', 'cc-<trace>-<span>-0'),
  ignored('§3.2.4', 'a later version whose parts are elsewhere', 'cc-01-<trace>-<span>-01'),
  ignored('§3.2.4', 'a header that is prohibitively large', `01-<trace>-<span>-01-${'x'.repeat(4000)}`),
  ignored('§3.2.2.1', 'version ff is forbidden', 'ff-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'version ff with more', 'ff-<trace>-<span>-01-more'),
  ignored('§3.2.2.1', 'a version in upper case', 'CC-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'a version that is no hex: .0', '.0-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'a version that is no hex: 0x', '0x-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'a version of one digit', '0-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'a version of three digits', '000-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'a version of four digits', '0000-<trace>-<span>-01'),
  ignored('§3.2.2.1', 'no version', '<trace>-<span>-01'),

  ignored('§3.2.2.2', 'version 00 with more behind a dash', '00-<trace>-<span>-01-what'),
  ignored('§3.2.2.2', 'version 00 with a dash at the end', '00-<trace>-<span>-01-'),
  ignored('§3.2.2.2', 'version 00 with more that is glued on', '00-<trace>-<span>-01.'),
  ignored('§3.2.2.2', 'other separators', '00_<trace>_<span>_01'),
  ignored('§3.2.2.2', 'no separators', '00<trace><span>01'),
  ignored('§3.2.2.2', 'an empty header', ''),

  ignored('§3.2.2.3', 'a trace id of zeros', `00-${'0'.repeat(32)}-<span>-01`),
  ignored('§3.2.2.3', 'a trace id of zeros in a later version', `cc-${'0'.repeat(32)}-<span>-01`),
  ignored('§3.2.2.3', 'a trace id in upper case', '00-4BF92F3577B34DA6A3CE929D0E0E4736-<span>-01'),
  ignored('§3.2.2.3', 'a trace id with one upper-case digit', '00-4bf92f3577b34da6a3ce929d0e0e473A-<span>-01'),
  ignored('§3.2.2.3', 'a trace id with a letter that is no digit', '00-4bf92f3577b34da6a3ce929d0e0e473g-<span>-01'),
  ignored('§3.2.2.3', 'a trace id that begins with a dot', '00-.bf92f3577b34da6a3ce929d0e0e4736-<span>-01'),
  ignored('§3.2.2.3', 'a trace id of 33 digits', '00-<trace>0-<span>-01'),
  ignored('§3.2.2.3', 'a trace id of 31 digits', '00-bf92f3577b34da6a3ce929d0e0e4736-<span>-01'),
  ignored('§3.2.2.3', 'a trace id of 64 bits', '00-a3ce929d0e0e4736-<span>-01'),

  ignored('§3.2.2.4', 'a parent id of zeros', `00-<trace>-${'0'.repeat(16)}-01`),
  ignored('§3.2.2.4', 'a parent id in upper case', '00-<trace>-00F067AA0BA902B7-01'),
  ignored('§3.2.2.4', 'a parent id with a letter that is no digit', '00-<trace>-.0f067aa0ba902b7-01'),
  ignored('§3.2.2.4', 'a parent id of 17 digits', '00-<trace>-<span>0-01'),
  ignored('§3.2.2.4', 'a parent id of 15 digits', '00-<trace>-0f067aa0ba902b7-01'),

  ignored('§3.2.2.5', 'flags of one digit', '00-<trace>-<span>-1'),
  ignored('§3.2.2.5', 'flags of three digits', '00-<trace>-<span>-001'),
  ignored('§3.2.2.5', 'flags that are no hex: .0', '00-<trace>-<span>-.0'),
  ignored('§3.2.2.5', 'flags that are no hex: 0g', '00-<trace>-<span>-0g'),
  ignored('§3.2.2.5', 'flags in upper case', '00-<trace>-<span>-0A'),
  ignored('§3.2.2.5', 'no flags', '00-<trace>-<span>'),
  goesOn('§3.2.2.5.1', 'not sampled stays so', '00-<trace>-<span>-00', '00'),
  goesOn('§3.2.2.5.1', 'sampled is a bit, not a number: 09', '00-<trace>-<span>-09', '01'),
  goesOn('§3.2.2.5.2 of level 2', 'the flag of a random trace id goes on as it is: 02', '00-<trace>-<span>-02', '02'),
  goesOn('§3.2.2.5.2 of level 2', 'the flag of a random trace id goes on as it is: 03', '00-<trace>-<span>-03', '03'),
  goesOn('§3.2.2.5.3 of level 2', 'flags whose meaning nobody knows are set to zero: fc', '00-<trace>-<span>-fc', '00'),
  goesOn('§3.2.2.5.3 of level 2', 'flags whose meaning nobody knows are set to zero: ff', '00-<trace>-<span>-ff', '03'),

  goesOn('§3.2.2, RFC 9110 §5.5', 'whitespace around the value is not part of it', ' \t 00-<trace>-<span>-01 \t '),
  ignored('§3.2.2', 'whitespace within the value', '00- <trace>-<span>-01'),
  ignored('§3.2.2', 'quotes around the value', '"00-<trace>-<span>-01"'),
  ignored('§3.2.2', 'bytes that are no ASCII', '00-<trace>-<span>-0\xb9'),
  { section: '§4.3', title: 'the header twice is no header', send: [PARENT, 'traceparent: 00-<trace>-00f067aa0ba902b8-01'] },
  { section: '§4.3', title: 'the header twice with the same value is none either', send: [PARENT, PARENT] },
  { section: '§4.3', title: 'the header twice in two spellings is none either', send: [PARENT, 'TraceParent: 00-<trace>-<span>-01'] },
  ignored('§4.3', 'two values in one header', '00-<trace>-<span>-01,00-<trace>-<span>-01'),
];
