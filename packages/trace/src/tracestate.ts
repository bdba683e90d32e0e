/** The header that carries vendors' own trace data. W3C Trace Context §3.3. */
export const TRACESTATE = 'tracestate';

const MAX_MEMBERS = 32;
const MAX_LENGTH = 8192;
// key: simple (letter or digit first) or tenant@vendor; value: printable ASCII without comma and equals sign.
const MEMBER =
  /^(?:[a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * The list as it may travel on, in its order, without empty members; undefined where the header breaks a rule. One bad
 * member discards the whole header (W3C Trace Context §3.3.1.3 and §4.3): half a vendor's list would mislead it.
 */
export function parseTraceState(header: string): string | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const members: string[] = [];
  const keys = new Set<string>();
  for (const part of header.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const key = member.slice(0, member.indexOf('='));
    if (!MEMBER.test(member) || keys.has(key)) return undefined;
    keys.add(key);
    members.push(member);
  }
  return members.length === 0 || members.length > MAX_MEMBERS ? undefined : members.join(',');
}
