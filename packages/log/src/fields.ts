import { types } from 'node:util';
import type { Fields } from './logger.ts';

/** What a caller passed as fields, as fields. JavaScript callers pass errors and plain values too; none of it is lost. */
export function toFields(given: unknown): Fields | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object') return { value: given };
  if (isPlain(given)) return given as Fields;
  if (isError(given)) return { error: given };
  return Array.isArray(given) ? { value: given } : (given as Fields);
}

/**
 * A copy that later changes of the original don't reach. A getter that throws costs its own field only.
 */
export function copyFields(fields: Fields): Fields {
  try {
    return { ...fields };
  } catch (error) {
    return copyOneByOne(fields, error);
  }
}

/** Whether it is an error, of this realm or of another one (as under a test runner). */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false; // a proxy that objects to being asked
  }
}

/** The text that stands for a value whose own code threw when it was read. */
export function describeThrow(error: unknown): string {
  try {
    return `[Throws: ${isError(error) ? error.message : String(error)}]`;
  } catch {
    return '[Throws]';
  }
}

function isPlain(value: object): boolean {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return true; // a proxy that objects; whoever reads its fields copes with that
  }
}

function copyOneByOne(fields: Fields, reason: unknown): Fields {
  let names: string[];
  try {
    names = Object.keys(fields);
  } catch {
    return { fields: describeThrow(reason) };
  }
  const pairs = names.map((name): [string, unknown] => {
    try {
      return [name, fields[name]];
    } catch (error) {
      return [name, describeThrow(error)];
    }
  });
  return Object.fromEntries(pairs);
}
