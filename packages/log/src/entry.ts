import type { Level } from './level.ts';
import type { Fields } from './logger.ts';

/** The fields that sub-loggers have bound to a line, parents' and children's already merged. */
export interface BoundFields {
  /** All of them; where parent and child have a name, the child's value. */
  readonly values: Fields;
  /**
   * What `make` returned when `owner` first asked for these fields. A sink keeps here what it made of them, so that a
   * logger's fields are serialised once and not with every line. Another owner's question replaces the answer.
   */
  memo<T>(owner: object, make: (values: Fields) => T): T;
}

/** One line, before it has a form. */
export interface LogEntry {
  readonly level: Level;
  /** When it was written, in milliseconds since 1970 (UTC). */
  readonly time: number;
  readonly message: string;
  /** The fields of the logger and of its parents. */
  readonly bound: BoundFields;
  /** The fields of this line alone; they win over {@link bound}. The caller's own object: read it now or copy it. */
  readonly fields: Fields | undefined;
  /** Where it was written, `dir/file:line`; only for sinks that set {@link LogSink.wantsSource}. */
  readonly source: string | undefined;
}

/**
 * Where lines go: all that a logging library has to offer to take part. Levels are patron's affair: a sink gets the lines
 * that are to be written, and only those.
 */
export interface LogSink {
  /** Writes one line. If it throws, the line goes to stderr as JSON instead. */
  write(entry: LogEntry): void;
  /**
   * Hands on what is still buffered, without returning before it has arrived or `deadlineMs` milliseconds are over.
   * Called before `fatal` ends the process, before `panic` throws, and when the process ends.
   */
  flushSync?(deadlineMs: number): void;
  /** Another factory has been set up; no more lines will come. */
  close?(): void;
  /** Whether entries should carry `source`; finding it out costs several microseconds a line. @default false */
  readonly wantsSource?: boolean;
  /** How many lines this sink was given that its output could not take. */
  readonly dropped?: number;
}

/**
 * Makes the sink of a process out of the fields that every line carries (the service's name, its version, the host, and
 * what the application adds).
 *
 * @example
 * ```ts
 * import { log, type LoggerFactory, setup } from '@patron/log';
 *
 * const plain: LoggerFactory = (base) => ({
 *   write: ({ level, message, bound, fields }) => console.log(level, message, { ...base, ...bound.values, ...fields }),
 * });
 * setup(plain, { srv: 'orders' });
 * log.info('order accepted', { id: 42 });
 * ```
 */
export type LoggerFactory = (fields: Fields) => LogSink;
