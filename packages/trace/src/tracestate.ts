import type { TraceState } from '@opentelemetry/api';

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
  return membersOf(header)?.join(',');
}

/** The header as `@opentelemetry/api` knows it; undefined where it breaks a rule. */
export function toTraceState(header: string): TraceState | undefined {
  const members = membersOf(header);
  return members === undefined ? undefined : new MemberList(members);
}

function membersOf(header: string): readonly string[] | undefined {
  if (header.length > MAX_LENGTH) return undefined;
  const members: string[] = [];
  const keys = new Set<string>();
  for (const part of header.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const key = keyOf(member);
    if (!MEMBER.test(member) || keys.has(key)) return undefined;
    keys.add(key);
    members.push(member);
  }
  return members.length === 0 || members.length > MAX_MEMBERS ? undefined : members;
}

/** The API's own class drops a list of more than 512 characters as a whole; this one passes on what was received. */
class MemberList implements TraceState {
  readonly #members: readonly string[];

  constructor(members: readonly string[]) {
    this.#members = members;
  }

  get(key: string): string | undefined {
    return this.#members.find((member) => keyOf(member) === key)?.slice(key.length + 1);
  }

  /** A changed member moves to the front; the last one makes room for the 33rd (W3C Trace Context §3.5). */
  set(key: string, value: string): TraceState {
    const member = `${key}=${value}`;
    return MEMBER.test(member) ? new MemberList([member, ...this.#without(key)].slice(0, MAX_MEMBERS)) : this;
  }

  unset(key: string): TraceState {
    return new MemberList(this.#without(key));
  }

  serialize(): string {
    return this.#members.join(',');
  }

  #without(key: string): string[] {
    return this.#members.filter((member) => keyOf(member) !== key);
  }
}

function keyOf(member: string): string {
  return member.slice(0, member.indexOf('='));
}
