import { types } from 'node:util';
import { LIMITS } from './limits.ts';

/** A member of an object: its name and how to read it, which may throw. */
export type Member = readonly [name: string, read: () => unknown];

/** The text for objects that are a value rather than a bag of members; undefined for the others. */
export function describeExotic(value: object): string | undefined {
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return describeBytes(value.constructor.name, value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return describeBytes(value.constructor.name, value, 0, value.byteLength);
  if (types.isRegExp(value)) return String(value);
  if (types.isPromise(value)) return '[Promise]';
  if (types.isWeakMap(value)) return '[WeakMap]';
  if (types.isWeakSet(value)) return '[WeakSet]';
  if (types.isBoxedPrimitive(value)) return String(value.valueOf());
  return undefined;
}

/** What an error has to tell: also what isn't enumerable, its causes and the errors it stands for. */
export function errorMembers(error: Error): Member[] {
  const own = Object.keys(error).filter((name) => !TOLD.includes(name));
  const known = TOLD.filter((name) => name === 'name' || name === 'message' || Object.hasOwn(error, name));
  return [...known, ...own].map((name) => [name, () => (error as unknown as Record<string, unknown>)[name]]);
}

const TOLD = ['name', 'message', 'code', 'stack', 'cause', 'errors'];

/** A map's entries, keys as text. */
export function mapMembers(map: ReadonlyMap<unknown, unknown>): Member[] {
  return [...map].map(([key, value]) => [typeof key === 'string' ? key : describeKey(key), () => value]);
}

function describeKey(key: unknown): string {
  try {
    return String(key);
  } catch {
    return typeof key;
  }
}

function describeBytes(type: string, buffer: ArrayBufferLike, offset: number, length: number): string {
  const shown = Buffer.from(buffer, offset, Math.min(length, LIMITS.bytes)).toString('hex');
  return `[${type}: ${length} bytes${length === 0 ? '' : ` ${shown}`}${length > LIMITS.bytes ? '...' : ''}]`;
}
