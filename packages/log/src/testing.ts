import { isDeepStrictEqual } from 'node:util';
import type { LogEntry, LoggerFactory } from './entry.ts';
import { copyFields } from './fields.ts';
import type { Level } from './level.ts';
import type { Fields } from './logger.ts';

/** A line as it was written. */
export interface MemoryLine {
  readonly level: Level;
  readonly message: string;
  readonly time: Date;
  /** The set-up's, the logger's and the line's fields, under the names they were given. */
  readonly fields: Fields;
}

/** Which lines are meant: all that is named must agree. */
export interface LineMatch {
  level?: Level;
  /** The whole message, or a pattern in it. */
  message?: string | RegExp;
  /** Fields that the line has, among others; values are compared as `util.isDeepStrictEqual` does. */
  fields?: Fields;
}

/** A factory that keeps lines in memory. */
export interface MemoryLog extends LoggerFactory {
  /** All lines so far, oldest first. */
  readonly lines: readonly MemoryLine[];
  /** The oldest line that matches. */
  find(match: LineMatch): MemoryLine | undefined;
  /** All lines that match, oldest first. */
  findAll(match: LineMatch): MemoryLine[];
  /** Forgets all lines. */
  clear(): void;
}

/**
 * A factory for tests: lines are kept, not written. Fields are kept as they were passed, so a value that is changed later
 * shows the change.
 *
 * @example
 * ```ts
 * import { log, setup } from '@patron/log';
 * import { memoryLog } from '@patron/log/testing';
 *
 * const memory = memoryLog();
 * setup(memory);
 * log.warn('stock is low', { item: 'tea', left: 2 });
 * console.log(memory.find({ level: 'warn', fields: { item: 'tea' } })?.message); // stock is low
 * ```
 */
export function memoryLog(): MemoryLog {
  const lines: MemoryLine[] = [];
  const findAll = (match: LineMatch): MemoryLine[] => lines.filter((line) => matches(line, match));
  const factory: LoggerFactory = (base) => ({ write: (entry) => lines.push(toLine(base, entry)) });
  return Object.assign(factory, {
    lines,
    findAll,
    find: (match: LineMatch) => findAll(match)[0],
    clear: () => {
      lines.length = 0;
    },
  });
}

function toLine(base: Fields, { level, message, time, bound, fields }: LogEntry): MemoryLine {
  return { level, message, time: new Date(time), fields: { ...base, ...bound.values, ...copyFields(fields ?? {}) } };
}

function matches(line: MemoryLine, { level, message, fields = {} }: LineMatch): boolean {
  if (level !== undefined && line.level !== level) return false;
  if (typeof message === 'string' && line.message !== message) return false;
  if (message instanceof RegExp && line.message.search(message) === -1) return false;
  return Object.entries(fields).every(([name, value]) => isDeepStrictEqual(line.fields[name], value));
}
