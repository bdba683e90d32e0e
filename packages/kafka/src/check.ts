/** The longest time of a timer, and of a setting of librdkafka: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** Checks options, and notes what is wrong with them, all of it. */
export class OptionCheck {
  readonly problems: string[];

  constructor(problems: string[]) {
    this.problems = problems;
  }

  text(option: string, value: unknown): void {
    if (typeof value !== 'string' || value.trim() === '') this.add(`${option} is ${show(value)}: it takes a string that is not empty`);
  }

  /** @returns the value, or the default */
  whole(option: string, value: number | undefined, least: number, fallback: number, most = LONGEST_MS): number {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
      const unit = option.endsWith('Ms') ? 'whole milliseconds' : 'a whole number';
      this.add(`${option} is ${show(value)}: it takes ${unit}, ${least} at least${most === LONGEST_MS ? '' : ` and ${most} at most`}`);
      return fallback;
    }
    return value ?? fallback;
  }

  oneOf<T extends string>(option: string, value: T | undefined, allowed: readonly T[], fallback: T): T {
    if (value !== undefined && !allowed.includes(value))
      this.add(`${option} is ${show(value)}: it takes ${allowed.map((one) => `'${one}'`).join(', ')}`);
    return value ?? fallback;
  }

  /** Names that no option has: a slip of the pen would else be a default that nobody wanted. */
  known(options: object, names: readonly string[], of = ''): void {
    for (const name of Object.keys(options)) if (!names.includes(name)) this.add(`there is no option ${JSON.stringify(of + name)}`);
  }

  add(problem: string): void {
    this.problems.push(problem);
  }
}

export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  return typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value);
}
