const PARAM = /^:[A-Za-z_][A-Za-z0-9_]*$/;
const CONTROL = /[\u0000-\u001f\u007f]/;

/** What is wrong with the path of a route. */
export function checkPath(path: unknown): string[] {
  if (typeof path !== 'string') return ['the path is not a string'];
  if (!path.startsWith('/')) return ['the path has to begin with "/"'];
  const names = new Set<string>();
  return path
    .slice(1)
    .split('/')
    .flatMap((segment, index, all) => checkSegment(segment, index === all.length - 1, names));
}

/** A path without the names of its params: two routes of one shape answer the same requests. */
export function shapeOf(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? ':' : segment))
    .join('/');
}

function checkSegment(segment: string, last: boolean, names: Set<string>): string[] {
  if (segment.startsWith(':')) return checkParam(segment, names);
  if (segment === '' && !last) return ['the path has an empty segment'];
  // URL parsers of clients resolve these: no request would ever ask for them.
  if (segment === '.' || segment === '..') return [`the path has the segment "${segment}", which clients resolve before they ask`];
  if (segment.includes(':')) return [`in "${segment}" a param is only a part: it has to be a whole segment`];
  if (segment.includes('*')) return ['the path has a wildcard, which there is not yet'];
  if (/[?#]/.test(segment)) return ['the path has a query or a fragment: it is matched by the path alone'];
  if (segment.includes('%')) return ['the path is percent-encoded: write it as it reads decoded'];
  return CONTROL.test(segment) ? ['the path has a control character'] : [];
}

function checkParam(segment: string, names: Set<string>): string[] {
  const name = segment.slice(1);
  if (name === '') return ['a param has no name'];
  if (!PARAM.test(segment) || name === '__proto__') return [`"${name}" is no name for a param: [A-Za-z_][A-Za-z0-9_]*`];
  if (names.has(name)) return [`the param "${name}" occurs twice`];
  names.add(name);
  return [];
}
