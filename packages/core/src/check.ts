import { LONGEST_MS } from './duration.ts';
import { show } from './show.ts';

/** A port that is none becomes a problem. @returns the value as it is */
export function port(name: string, value: number | undefined, problems: string[]): number | undefined {
  return wholeNumber(name, value, { least: 0, most: 65_535, takes: 'a port, 0 to 65535' }, problems);
}

/** A host that is none becomes a problem. @returns the value as it is */
export function host(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value !== undefined && (typeof value !== 'string' || value === ''))
    problems.push(`${name} is ${show(value)}: it takes a name or an address`);
  return value;
}

/** A time that no timer takes becomes a problem. @returns the value as it is */
export function milliseconds(name: string, value: number | undefined, least: number, problems: string[]): number | undefined {
  return wholeNumber(name, value, { least, most: LONGEST_MS, takes: `whole milliseconds, ${least} to ${LONGEST_MS}` }, problems);
}

/** A number that is not whole, or out of range, becomes a problem. @returns the value as it is */
export function wholeNumber(
  name: string,
  value: number | undefined,
  { least, most, takes }: { least: number; most: number; takes: string },
  problems: string[],
): number | undefined {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
    problems.push(`${name} is ${show(value)}: it takes ${takes}`);
  return value;
}
