import { BOUND, type Bound } from './bound.ts';
import { formatMessage } from './format-message.ts';
import { toFields } from './fields.ts';
import { die, throwPanic } from './last-words.ts';
import { type Level, LEVELS, severity } from './level.ts';
import type { Fields, Logger } from './logger.ts';
import { state } from './state.ts';
import { writeLine } from './write-line.ts';

const [DEBUG, INFO, WARN, ERROR] = LEVELS.map(severity) as [number, number, number, number];

/**
 * The logger that is handed out. It owns its fields only; level and sink are read from the shared state with each call,
 * which is also why a call whose level is off ends after one comparison.
 */
export class ContextualLogger implements Logger {
  readonly [BOUND]: Bound;

  constructor(bound: Bound) {
    this[BOUND] = bound;
  }

  debug(message: string, fields?: Fields): void {
    if (state.threshold <= DEBUG) writeLine(this, 'debug', message, fields);
  }

  debugf(format: string, ...args: readonly unknown[]): void {
    if (state.threshold <= DEBUG) writeLine(this, 'debug', formatMessage(format, args));
  }

  info(message: string, fields?: Fields): void {
    if (state.threshold <= INFO) writeLine(this, 'info', message, fields);
  }

  infof(format: string, ...args: readonly unknown[]): void {
    if (state.threshold <= INFO) writeLine(this, 'info', formatMessage(format, args));
  }

  warn(message: string, fields?: Fields): void {
    if (state.threshold <= WARN) writeLine(this, 'warn', message, fields);
  }

  warnf(format: string, ...args: readonly unknown[]): void {
    if (state.threshold <= WARN) writeLine(this, 'warn', formatMessage(format, args));
  }

  error(message: string, fields?: Fields): void {
    if (state.threshold <= ERROR) writeLine(this, 'error', message, fields);
  }

  errorf(format: string, ...args: readonly unknown[]): void {
    if (state.threshold <= ERROR) writeLine(this, 'error', formatMessage(format, args));
  }

  fatal(message: string, fields?: Fields): never {
    writeLine(this, 'fatal', message, fields);
    die();
  }

  fatalf(format: string, ...args: readonly unknown[]): never {
    writeLine(this, 'fatal', formatMessage(format, args));
    die();
  }

  panic(message: string, fields?: Fields): never {
    writeLine(this, 'panic', message, fields);
    throwPanic(message);
  }

  panicf(format: string, ...args: readonly unknown[]): never {
    const message = formatMessage(format, args);
    writeLine(this, 'panic', message);
    throwPanic(message);
  }

  sub(fields: Fields): Logger {
    const own = toFields(fields);
    return own === undefined ? this : new ContextualLogger(this[BOUND].child(own));
  }

  enabled(level: Level): boolean {
    return severity(level) >= state.threshold;
  }
}
