import type winstonLibrary from 'winston';
import { NO_FIELDS } from './bound.ts';
import { type DescriptorWriter, writerFor } from './descriptor/descriptor-writer.ts';
import type { LogEntry, LoggerFactory, LogSink } from './entry.ts';
import { JsonLine } from './line/json-line.ts';
import { TextLine } from './line/text-line.ts';
import type { Fields } from './logger.ts';
import { type ResolvedOptions, resolveOptions } from './winston-options.ts';
import { type Extras, loadExtras } from './winston-extras.ts';

/** Options of {@link winston}. */
export interface WinstonOptions {
  /** Where lines go; `none` leaves it to `transports`. @default 'stderr' */
  output?: 'stderr' | 'stdout' | 'none';
  /** One JSON object per line, or text for a person. @default 'text' when the output is a terminal, else 'json' */
  style?: 'json' | 'text';
  /** Colours in text lines. @default true on a terminal, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR: true */
  color?: boolean;
  /** Adds `src`, the caller's `dir/file:line`. Costs several microseconds per line. @default false */
  source?: boolean;
  /** Names of fields, in any case and at any depth, whose values are written as `[redacted]`. @default none */
  redact?: readonly string[];
  /**
   * Builds the line instead of `style`. It gets `level`, `message`, `timestamp` and all fields, as plain data and redacted; what
   * it returns is written as it is, newlines included. Loads winston. @default none
   */
  format?: winstonLibrary.Logform.Format;
  /**
   * Get each line besides `output`. Best effort: winston's streams lose what they have buffered when the process ends. Loads
   * winston.
   * @default none
   */
  transports?: readonly winstonLibrary.transport[];
}

/**
 * The default factory. Lines carry `lvl msg time srv ver host` and the fields. They are written to the descriptor itself:
 * each call returns when the system has the line, or, while a reader is slow, when the line waits in memory (32 MiB at most;
 * what is beyond that is dropped, counted, and reported when the output takes lines again). The winston library itself is
 * loaded only for `format` and `transports`.
 *
 * A logger's or line's field named `lvl`, `msg`, `time`, `src`, `srv`, `ver` or `host` is written with `_` in front.
 *
 * @throws LogError `PATRON_LOG_OPTION` naming every option that is not valid.
 *
 * @example
 * ```ts
 * import { log, setup } from '@patron/log';
 * import { winston } from '@patron/log/winston';
 *
 * setup(winston({ output: 'stdout', redact: ['authorization'] }), { srv: 'orders' });
 * log.info('request', { headers: { authorization: 'Bearer x' } });
 * ```
 */
export function winston(options: WinstonOptions = {}): LoggerFactory {
  const resolved = resolveOptions(options);
  return (fields) => new DescriptorSink(resolved, fields);
}

class DescriptorSink implements LogSink {
  readonly wantsSource: boolean;
  readonly #lines: { format(entry: LogEntry): string };
  readonly #writer: DescriptorWriter | undefined;
  readonly #extras: Extras | undefined;

  constructor(options: ResolvedOptions, fields: Fields) {
    const { fd, redact, extras } = options;
    this.wantsSource = options.source;
    this.#extras = extras === undefined ? undefined : loadExtras(extras);
    // Extras start from the JSON line: it holds plain data only, redacted, under the names that lines have.
    const text = options.style === 'text' && extras === undefined;
    this.#lines = text ? new TextLine(fields, redact, options.color) : new JsonLine(fields, redact);
    this.#writer = fd === undefined ? undefined : writerFor(fd);
    if (this.#writer !== undefined) this.#writer.onRecovery = (dropped) => this.write(lossReport(dropped));
  }

  get dropped(): number {
    return this.#writer?.dropped ?? 0;
  }

  write(entry: LogEntry): void {
    const line = this.#lines.format(entry);
    if (this.#extras === undefined) this.#writer?.write(`${line}\n`);
    else this.#extras.write(line, this.#writer);
  }

  flushSync(deadlineMs: number): void {
    this.#writer?.flushSync(deadlineMs);
  }

  close(): void {
    this.#extras?.close();
  }
}

function lossReport(dropped: number): LogEntry {
  const message = 'log lines were lost: the output did not take them';
  return { level: 'warn', time: Date.now(), message, bound: NO_FIELDS, fields: { dropped }, source: undefined };
}
