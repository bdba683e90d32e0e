/** Headers of a request; undefined leaves a name out, an array repeats it. */
export type RequestHeaders = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Headers as they are sent: name, value, name, value. Names in lower case; one may occur several times. */
export type HeaderList = string[];

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_IN_VALUE = /[^\t\u0020-\u007e\u0080-\u00ff]/;

// Written by the seam for every call: two traces or two ids on one request would be neither.
const OURS = new Set(['traceparent', 'tracestate', 'baggage', 'x-correlation-id']);
// Where a message ends and a connection does is undici's to say: a second opinion is how requests get smuggled (RFC 9112 §6.1).
const CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);

/** Checks headers and puts them in a list, without those that are patron's. What is wrong with one goes to `problems`. */
export function toHeaderList(headers: RequestHeaders | undefined, problems: string[]): HeaderList {
  const list: HeaderList = [];
  if (headers === undefined) return list;
  if (typeof headers !== 'object' || headers === null) {
    problems.push('headers is not an object of names and values');
    return list;
  }
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!NAME.test(name)) problems.push(`${JSON.stringify(name.slice(0, 80))} is no name of a header`);
    else addHeader(list, name.toLowerCase(), value, problems);
  }
  return list;
}

function addHeader(list: HeaderList, name: string, value: string | number | readonly string[], problems: string[]): void {
  if (OURS.has(name)) return;
  if (CONNECTION.has(name)) {
    problems.push(`header "${name}" can't be set: it belongs to the connection`);
    return;
  }
  for (const item of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
    // The value is not repeated: it is a secret as often as not.
    if (typeof item !== 'string' && typeof item !== 'number') problems.push(`header "${name}" is neither a string nor a number`);
    else if (FORBIDDEN_IN_VALUE.test(String(item))) {
      problems.push(`header "${name}" has a character that no header may have: a line break, a control character, or one past U+00FF`);
    } else list.push(name, String(item));
  }
}

/** A list with what `defaults` has and it has not. */
export function withDefaults(list: HeaderList, defaults: readonly string[]): HeaderList {
  if (list.length === 0) return [...defaults];
  const own = list.length;
  for (let i = 0; i < defaults.length; i += 2) {
    const name = defaults[i] as string;
    if (!hasHeader(list, name, own)) list.push(name, defaults[i + 1] as string);
  }
  return list;
}

/** Whether a name, in lower case, is in the list, or in the first `length` places of it. */
export function hasHeader(list: readonly string[], name: string, length = list.length): boolean {
  for (let i = 0; i < length; i += 2) if (list[i] === name) return true;
  return false;
}
