import type winstonLibrary from 'winston';
import { describeThrow } from './fields.ts';
import type { Level } from './level.ts';
import { quote } from './line/quote.ts';
import type { ExtraOptions } from './winston-options.ts';

/** winston wants the most severe level first. */
const LEVELS = { panic: 0, fatal: 1, error: 2, warn: 3, info: 4, debug: 5 } satisfies Record<Level, number>;
const COLORS = { panic: 'magenta', fatal: 'red', error: 'red', warn: 'yellow', info: 'green', debug: 'cyan' };

/** Where winston's formats leave the finished text, and look for the level (the triple-beam package). */
const MESSAGE = Symbol.for('message');
const LEVEL = Symbol.for('level');

type Info = winstonLibrary.Logform.TransformableInfo;

/** What the user brought of winston's own, at work. */
export interface Extras {
  /** Passes a JSON line through the format, to the transports, and to `output` where there is one. */
  write(json: string, output: { write(line: string): void } | undefined): void;
  close(): void;
}

/** Loads winston, which takes 50 ms and more: for those who use it. */
export function loadExtras({ format, transports = [] }: ExtraOptions): Extras {
  const { createRequire } = process.getBuiltinModule('node:module');
  const winston = createRequire(import.meta.url)('winston') as typeof winstonLibrary;
  winston.addColors(COLORS);
  const logger = transports.length === 0 ? undefined : createLogger(winston, transports, format);
  return {
    write(json, output) {
      toTransports(logger, json);
      const line = output === undefined ? undefined : formatted(format, json);
      if (line !== undefined) output?.write(`${line}\n`);
    },
    close: () => logger?.close(),
  };
}

/** Best effort: neither a transport nor the format it uses may cost the line its way to the output. */
function toTransports(logger: winstonLibrary.Logger | undefined, json: string): void {
  try {
    logger?.log(toInfo(json) as unknown as winstonLibrary.LogEntry);
  } catch {
    // The output, which follows, is told about a format that throws.
  }
}

function createLogger(winston: typeof winstonLibrary, transports: readonly winstonLibrary.transport[], format: ExtraOptions['format']) {
  const logger = winston.createLogger({ levels: LEVELS, level: 'debug', transports: [...transports], ...(format && { format }) });
  // A transport that fails is best effort, as documented; without a listener its error would end the process.
  logger.on('error', () => undefined);
  return logger;
}

/** The text that the format makes of a line; undefined when the format leaves the line out. */
function formatted(format: ExtraOptions['format'], json: string): string | undefined {
  if (format === undefined) return json;
  try {
    const info = format.transform(toInfo(json), format.options);
    if (typeof info !== 'object') return undefined;
    const text = (info as Record<symbol, unknown>)[MESSAGE];
    return typeof text === 'string' ? text : JSON.stringify(info);
  } catch (error) {
    return `${json.slice(0, -1)},"formatError":${quote(describeThrow(error))}}`; // redacted already, unlike the entry
  }
}

function toInfo(json: string): Info {
  const { lvl, msg, time, ...fields } = JSON.parse(json) as Record<string, unknown> & { lvl: Level; msg: string };
  return { ...fields, level: lvl, message: msg, timestamp: time, [LEVEL]: lvl };
}
