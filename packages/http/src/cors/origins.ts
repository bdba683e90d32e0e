import { show } from '@patron/core/data';

/** Which origins may read answers. */
export type Origins = '*' | RegExp | readonly (string | RegExp)[] | ((origin: string) => boolean);

/** Whether an origin, as a browser sends it, may read answers. */
export type OriginTest = (origin: string) => boolean;

const SERIALIZED = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\*]+$/;

/** What is wrong with `origins`, a sentence each. */
export function checkOrigins(origins: unknown): string[] {
  if (origins === '*' || origins instanceof RegExp || typeof origins === 'function') return [];
  if (!Array.isArray(origins)) return [`origins is ${show(origins)}: it takes '*', a list, a regular expression or a function`];
  if (origins.length === 0) return ['origins is empty: nobody could read anything'];
  return origins.flatMap((origin: unknown, index) => {
    const problem = origin instanceof RegExp ? undefined : problemOf(origin);
    return problem === undefined ? [] : [`origins[${index}] is ${show(origin)}: ${problem}`];
  });
}

/**
 * What decides about an origin. A regular expression has to match the whole of it: `/example\.com/` would let in
 * `https://example.com.evil.test`. The origin `null`, which any sandboxed frame and any local file has, is let in by a list
 * that names it and by nothing else.
 */
export function originTest(origins: Exclude<Origins, '*'>): OriginTest {
  if (typeof origins === 'function') return (origin) => origin !== 'null' && said(origins(origin));
  const list = origins instanceof RegExp ? [origins] : origins;
  const names = new Set(list.filter((one) => typeof one === 'string'));
  const patterns = list.filter((one) => one instanceof RegExp).map(whole);
  return (origin) => names.has(origin) || (origin !== 'null' && patterns.some((pattern) => pattern.test(origin)));
}

/** A copy without `g` and `y`, with which an expression remembers where it stopped the last time. */
function whole({ source, flags }: RegExp): RegExp {
  return new RegExp(`^(?:${source})$`, flags.replace(/[gym]/g, ''));
}

/** A promise is truthy: it would let everybody in. */
function said(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`the function that decides about an origin returned ${typeof answer}: it has to return true or false, at once`);
}

function problemOf(origin: unknown): string | undefined {
  if (origin === 'null') return undefined;
  if (typeof origin !== 'string' || !SERIALIZED.test(origin))
    return 'an origin is "scheme://host" and perhaps a port, without path, in lower case';
  if (!/^https?:/.test(origin)) return undefined;
  // Browsers send one spelling only: no default port, a host in lower case and in ASCII.
  if (!URL.canParse(origin)) return 'that is no URL';
  const spelt = new URL(origin).origin;
  return spelt === origin ? undefined : `browsers spell it ${JSON.stringify(spelt)}`;
}
