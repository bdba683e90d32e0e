import { show } from '@patron/core/data';

/** How long a caller waits for its answer, in whole milliseconds from when it was sent. */
export const TIMEOUT_HEADER = 'x-request-timeout-ms';

/** @returns the name in lower case; false where none is read or sent */
export function resolveTimeoutHeader(value: string | false = TIMEOUT_HEADER): string | false {
  return value === false ? false : value.toLowerCase();
}

/** What is wrong with the name of such a header. */
export function checkTimeoutHeader(value: unknown): string[] {
  if (value === undefined || value === false || (typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(value))) return [];
  return [`timeoutHeader is ${show(value)}; it has to be the name of a header, or false for none`];
}
