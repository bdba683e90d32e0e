import { STATUS_CODES } from 'node:http';

/** The media type of {@link ProblemDetails}. */
export const PROBLEM_TYPE = 'application/problem+json';

/** An error in the form of RFC 9457; what else the error has to say stands beside these members. */
export interface ProblemDetails {
  /** What kind of problem, as a URI. `about:blank`: the status says it all. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly [extension: string]: unknown;
}

const MEMBERS = ['type', 'title', 'detail', 'instance'];

/**
 * The payload of an error as problem details: its `error` becomes the `detail`, members that RFC 9457 names stay where they
 * are strings, as it demands (§3.1), all others become extensions. A payload that is no object is the extension `payload`.
 */
export function problemDetails(status: number, payload: unknown): ProblemDetails {
  const title = STATUS_CODES[status] ?? 'Error';
  const { error, ...members } = membersOf(payload);
  const detail = error === undefined || error === title ? {} : typeof error === 'string' ? { detail: error } : { error };
  const kept = Object.entries(members).filter(([name, value]) => !MEMBERS.includes(name) || typeof value === 'string');
  return { type: 'about:blank', title, ...detail, ...Object.fromEntries(kept), status };
}

function membersOf(payload: unknown): Record<string, unknown> {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload === undefined ? {} : { payload };
  const { toJSON } = payload as { toJSON?: () => unknown };
  return typeof toJSON === 'function' ? membersOf(toJSON.call(payload)) : { ...payload };
}
