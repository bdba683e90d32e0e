import { types } from 'node:util';
import { describeThrow, isError } from '../fields.ts';
import { describeExotic, errorMembers, mapMembers } from './exotic.ts';
import { LIMITS } from './limits.ts';
import { quote } from './quote.ts';

/** What stands in the place of a redacted value. */
export const REDACTED = '[redacted]';

/** A value that is no object, as JSON text. Undefined for one that JSON leaves out. */
export function encodePrimitive(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : `"${value}"`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return quote(value.toString()); // as a number, most readers would round it
    case 'symbol':
      return quote(value.toString());
    case 'undefined':
      return undefined;
    default:
      return value === null ? 'null' : undefined;
  }
}

/**
 * Turns one line's values into JSON text. Never throws: what can't be written is described in its place. Cycles, depth,
 * width and size are limited by {@link LIMITS}.
 */
export class Encoder {
  readonly #redact: ReadonlySet<string> | undefined;
  readonly #ancestors: object[] = [];
  #left: number = LIMITS.line;

  constructor(redact: ReadonlySet<string> | undefined) {
    this.#redact = redact;
  }

  /** Any value as JSON text; undefined for `undefined`. */
  encode(value: unknown): string | undefined {
    if (typeof value === 'object' && value !== null) return this.#enter(value);
    const text = typeof value === 'function' ? quote(`[Function: ${nameOf(value)}]`) : encodePrimitive(value);
    this.#left -= text?.length ?? 0;
    return text;
  }

  #enter(value: object): string | undefined {
    if (this.#left <= 0) return '"[Cut: the line is too long]"';
    if (this.#ancestors.includes(value)) return '"[Circular]"';
    if (this.#ancestors.length >= LIMITS.depth) return Array.isArray(value) ? '"[Array]"' : '"[Object]"';
    this.#ancestors.push(value);
    try {
      return this.#object(value);
    } catch (error) {
      return quote(describeThrow(error));
    } finally {
      this.#ancestors.pop();
    }
  }

  #object(value: object): string | undefined {
    if (Array.isArray(value)) return this.#items(value, value.length);
    if (isError(value)) return this.#members(errorMembers(value));
    const text = describeExotic(value);
    if (text !== undefined) return quote(text);
    const toJSON: unknown = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === 'function') return this.encode(toJSON.call(value, ''));
    if (types.isMap(value)) return this.#members(mapMembers(value));
    if (types.isSet(value)) return this.#items(value, value.size);
    return this.#members(Object.keys(value).map((name) => [name, () => (value as Record<string, unknown>)[name]]));
  }

  #items(values: Iterable<unknown>, count: number): string {
    let text = '';
    let index = 0;
    for (const value of values) {
      if (index === LIMITS.items || this.#left <= 0) {
        text += `${index > 0 ? ',' : ''}"[+${count - index} items]"`;
        break;
      }
      text += `${index > 0 ? ',' : ''}${this.encode(value) ?? 'null'}`;
      index++;
    }
    return `[${text}]`;
  }

  #members(members: readonly (readonly [string, () => unknown])[]): string {
    let text = '';
    let index = 0;
    for (const [name, read] of members) {
      if (index === LIMITS.items || this.#left <= 0) {
        text += `${text === '' ? '' : ','}"...":"[+${members.length - index} members]"`;
        break;
      }
      index++;
      const value = this.member(name, read);
      if (value !== undefined) text += `${text === '' ? '' : ','}${value}`;
    }
    return `{${text}}`;
  }

  /** `"name":value`, or undefined where the value is undefined. A redacted name's value is not even read. */
  member(name: string, read: () => unknown): string | undefined {
    if (this.#redact?.has(name.toLowerCase()) === true) return `${quote(name)}:"${REDACTED}"`;
    let text: string | undefined;
    try {
      text = this.encode(read());
    } catch (error) {
      text = quote(describeThrow(error));
    }
    if (text === undefined) return undefined;
    const key = quote(name);
    this.#left -= key.length;
    return `${key}:${text}`;
  }
}

function nameOf(value: object): string {
  const { name } = value as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}
