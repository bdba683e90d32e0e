import { show } from '@patron/core/data';
import { GuardOptionsError } from './errors.ts';

/** Options of which nothing is known yet: callers of JavaScript get here too. */
export type Unchecked = Readonly<Record<string, unknown>>;

/** Whether there are options to look at, and names that no option has. */
export function checkKnown(options: unknown, known: readonly string[]): string[] {
  if (typeof options !== 'object' || options === null) return [`the options are ${show(options)}: they have to be an object`];
  return Object.keys(options).flatMap((name) => (known.includes(name) ? [] : [`there is no option "${name}"`]));
}

/** What is wrong with an option that takes a whole number, where it is given. */
export function checkWhole(options: Unchecked, name: string, least: number, most: number): string[] {
  const value = options[name];
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)) return [];
  return [`${name} is ${show(value)}: it takes a whole number, ${least} to ${most}`];
}

/** What is wrong with an option that takes a function, where it is given. */
export function checkFunction(options: Unchecked, name: string): string[] {
  const value = options[name];
  return value === undefined || typeof value === 'function' ? [] : [`${name} is ${show(value)}: it takes a function`];
}

/** What is wrong with an option that takes true or false, where it is given. */
export function checkBoolean(options: Unchecked, name: string): string[] {
  const value = options[name];
  return value === undefined || typeof value === 'boolean' ? [] : [`${name} is ${show(value)}: it takes true or false`];
}

// RFC 9110 §5.6.2: what methods and the names of fields are made of.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** What is wrong with an option that takes a list of tokens (methods, names of headers), where it is given. */
export function checkTokens(options: Unchecked, name: string): string[] {
  const value = options[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [`${name} is ${show(value)}: it takes a list`];
  return value.flatMap((item: unknown, index) =>
    typeof item === 'string' && TOKEN.test(item) ? [] : [`${name}[${index}] is ${show(item)}: that is no token of HTTP`],
  );
}

/** Whether a text is a token of HTTP. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** @throws GuardOptionsError where there are problems. */
export function refuse(guard: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new GuardOptionsError(guard, problems);
}
