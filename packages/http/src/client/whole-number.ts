/** Checks an option that takes a whole number. Undefined where it is not there, or wrong, which goes to `problems`. */
export function wholeNumber(option: string, value: unknown, least: number, most: number, problems: string[]): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  problems.push(`${option} is ${typeof value === 'number' ? value : `a ${typeof value}`}: it takes a whole number, ${least} to ${most}`);
  return undefined;
}
