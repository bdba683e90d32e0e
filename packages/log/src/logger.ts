import type { Level } from './level.ts';

/** Values that go with a line. A value that can't be serialised is described, it never throws. */
export type Fields = Readonly<Record<string, unknown>>;

/** Writes lines at six levels. Each has a printf variant (`node:util` format), built only when the level is on. */
export interface Logger {
  debug(message: string, fields?: Fields): void;
  debugf(format: string, ...args: readonly unknown[]): void;
  info(message: string, fields?: Fields): void;
  infof(format: string, ...args: readonly unknown[]): void;
  warn(message: string, fields?: Fields): void;
  warnf(format: string, ...args: readonly unknown[]): void;
  error(message: string, fields?: Fields): void;
  errorf(format: string, ...args: readonly unknown[]): void;
  /** Writes the line, waits until it has reached its destination, ends the process with code 1 (a worker thread: the thread). Never filtered. */
  fatal(message: string, fields?: Fields): never;
  fatalf(format: string, ...args: readonly unknown[]): never;
  /** Writes the line, waits until it has reached its destination, throws a PanicError. Never filtered. */
  panic(message: string, fields?: Fields): never;
  panicf(format: string, ...args: readonly unknown[]): never;
  /** A logger whose lines carry `fields` too; where both have a name, the child's value wins. This one is unchanged. */
  sub(fields: Fields): Logger;
  /** Whether a line at this level would be written now. */
  enabled(level: Level): boolean;
}
