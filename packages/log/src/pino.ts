import type { Logger as PinoLogger, LoggerOptions } from 'pino';
import { type DescriptorWriter, writerFor } from './descriptor/descriptor-writer.ts';
import type { LogEntry, LoggerFactory, LogSink } from './entry.ts';
import { LogError } from './errors.ts';
import { copyFields, isError } from './fields.ts';
import { Encoder } from './line/encode.ts';
import { baseFields, renamed } from './line/names.ts';
import { escapeUnsafe } from './line/quote.ts';
import { timestamp } from './line/timestamp.ts';
import { type Level, LEVELS } from './level.ts';
import type { Fields } from './logger.ts';

/**
 * Writes lines with pino, which has to be installed (`npm install pino`).
 *
 * - Given options, or nothing, patron makes the instance: keys are `lvl msg time srv ver host`, the level `panic` exists, and
 *   lines go to stderr through the same writer as those of the default factory, with the same promises. pino's own
 *   `level`, `messageKey`, `timestamp`, `base` and `formatters` are patron's in that case.
 * - Given an instance, its destination and keys stay. Its level is left open, as levels are patron's affair; where it has no
 *   level `panic`, such lines are `fatal` ones. What its destination has buffered is flushed before `fatal`
 *   and `panic` and when the process ends, if the destination has a `flushSync`; how long that takes is up to it.
 *
 * @throws LogError `PATRON_LOG_PINO_MISSING` when pino is not installed and no instance is given.
 *
 * @example
 * ```ts
 * import { log, setup } from '@patron/log';
 * import { pino } from '@patron/log/pino';
 *
 * setup(pino({ redact: ['password'] }), { srv: 'orders' });
 * log.info('signed in', { user: 'ann', password: 'secret' });
 * ```
 */
export function pino(target: LoggerOptions | PinoLogger = {}): LoggerFactory {
  if (isInstance(target)) return (fields) => new PinoSink(target, fields, undefined);
  const create = loadPino();
  return (fields) => {
    const writer = writerFor(2);
    const instance = create(ownOptions(target), { write: (line: string) => writer.write(escapeUnsafe(line)) });
    return new PinoSink(instance, fields, writer);
  };
}

class PinoSink implements LogSink {
  readonly #instance: PinoLogger;
  readonly #base: Fields;
  readonly #writer: DescriptorWriter | undefined;
  readonly #child = (values: Fields) => {
    const all = { ...this.#base, ...prepared(values) };
    return { all, logger: this.#instance.child(all) };
  };

  constructor(instance: PinoLogger, fields: Fields, writer: DescriptorWriter | undefined) {
    this.#instance = instance.child({}, { level: lowestLevel(instance) });
    this.#base = baseFields(copyFields(fields));
    this.#writer = writer;
  }

  get dropped(): number {
    return this.#writer?.dropped ?? 0;
  }

  write(entry: LogEntry): void {
    const { all, logger } = entry.bound.memo(this, this.#child);
    if (entry.fields === undefined) return logger[methodOf(logger, entry.level)](entry.message);
    const own = prepared(entry.fields);
    // pino writes a name that parent and line both have twice; the line's value is to be the only one.
    const twice = Object.keys(own).some((name) => Object.hasOwn(all, name));
    const target = twice ? this.#instance.child({ ...all, ...own }) : logger;
    target[methodOf(target, entry.level)](twice ? {} : own, entry.message);
  }

  flushSync(deadlineMs: number): void {
    if (this.#writer !== undefined) this.#writer.flushSync(deadlineMs);
    else streamOf(this.#instance)?.flushSync?.();
  }

  close(): void {
    if (this.#writer === undefined) streamOf(this.#instance)?.flushSync?.();
  }
}

function isInstance(target: LoggerOptions | PinoLogger): target is PinoLogger {
  return typeof (target as PinoLogger).child === 'function';
}

function loadPino(): typeof import('pino')['pino'] {
  const { createRequire } = process.getBuiltinModule('node:module');
  try {
    return createRequire(import.meta.url)('pino') as typeof import('pino')['pino'];
  } catch (cause) {
    throw new LogError('PATRON_LOG_PINO_MISSING', 'the pino factory needs pino; install it with: npm install pino', { cause });
  }
}

function ownOptions(options: LoggerOptions): LoggerOptions {
  return {
    ...options,
    level: 'debug',
    customLevels: { ...options.customLevels, panic: 70 },
    messageKey: 'msg',
    base: null,
    timestamp: () => `,"time":"${timestamp(Date.now())}"`,
    formatters: { level: (lvl) => ({ lvl }) },
  };
}

/** Fields under the names that lines have. Errors become plain data: pino writes them as {} except under `err`. */
function prepared(fields: Fields): Record<string, unknown> {
  const out: Record<string, unknown> = { ...renamed(copyFields(fields)) };
  for (const [name, value] of Object.entries(out)) {
    if (isError(value)) out[name] = JSON.parse(new Encoder(undefined).encode(value) ?? 'null');
  }
  return out;
}

type Method = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** The instance's method for a level; the most severe it has where the level is unknown to it. */
function methodOf(logger: PinoLogger, level: Level): Method {
  const known = (name: Level): boolean => typeof (logger as unknown as Record<string, unknown>)[name] === 'function';
  return (known(level) ? level : (LEVELS.findLast(known) ?? 'error')) as Method;
}

function lowestLevel(instance: PinoLogger): string {
  const values = Object.entries(instance.levels.values).sort(([, a], [, b]) => a - b);
  return values[0]?.[0] ?? 'debug';
}

/** pino keeps its destination under a symbol that it doesn't export from an instance. */
function streamOf(instance: PinoLogger): { flushSync?(): void } | undefined {
  for (let at: object | null = instance; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const key = Object.getOwnPropertySymbols(at).find((symbol) => symbol.description === 'pino.stream');
    if (key !== undefined) return (at as Record<symbol, { flushSync?(): void }>)[key];
  }
  return undefined;
}
