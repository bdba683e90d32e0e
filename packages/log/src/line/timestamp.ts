let second = Number.NaN;
let prefix = '';

/** A time as RFC 3339 with milliseconds, UTC. The second's text is kept: a Date per line costs more than the line. */
export function timestamp(ms: number): string {
  const at = Math.floor(ms / 1000);
  if (at !== second) {
    prefix = new Date(at * 1000).toISOString().slice(0, -4);
    second = at;
  }
  const rest = Math.floor(ms - at * 1000);
  return `${prefix}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}
