/** What is left where a request target has no path. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]+/i;
const ESCAPE = /%[0-9A-Fa-f]{2}/g;
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * The path of a request target (RFC 9112 §3.2), in the one spelling that router and middlewares see: escapes of letters,
 * digits and `-._~` are undone and the others in upper case, as RFC 3986 §6.2.2 calls them equal. So `/%61dmin` is
 * `/admin` for everybody, and no guard that looks at the path can be passed by a spelling. Nothing else is tidied: `//`,
 * `/./`, `;x=1`, another case and a trailing slash are other paths.
 *
 * @returns Undefined for a target that is no path: a malformed escape, a fragment, another form.
 */
export function pathOf(target: string): string | undefined {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (path.charCodeAt(0) === 47 && !path.includes('%') && !path.includes('#')) return path;
  return canonical(path.replace(ABSOLUTE_FORM, '') || '/');
}

/** The query of a request target, without its question mark. */
export function queryOf(target: string): string {
  const mark = target.indexOf('?');
  return mark === -1 ? '' : target.slice(mark + 1);
}

function canonical(path: string): string | undefined {
  // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7): no route has that path.
  if (path === '*') return path;
  if (path.charCodeAt(0) !== 47 || path.includes('#')) return undefined;
  try {
    decodeURIComponent(path);
  } catch {
    return undefined;
  }
  return path.replace(ESCAPE, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
}
