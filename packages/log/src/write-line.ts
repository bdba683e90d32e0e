import { BOUND, type Bound, NO_FIELDS } from './bound.ts';
import { callerOf } from './caller.ts';
import { contextStore, LOGGER_KEY } from './context.ts';
import type { LogEntry } from './entry.ts';
import { describeThrow, toFields } from './fields.ts';
import { toMessage } from './format-message.ts';
import type { Level } from './level.ts';
import { announce } from './line-channel.ts';
import type { Fields, Logger } from './logger.ts';
import { currentSink, lastResort } from './sink.ts';

/** Lines written while a line is being written (by a getter that logs, say) beyond this depth would never end. */
const DEEPEST = 8;
let depth = 0;
let resolving = false;

/** A logger of this package, of whichever copy. */
interface Bearer extends Logger {
  readonly [BOUND]: Bound;
}

/** The logger of the active context. Undefined, too, while a context makes its logger and thereby asks for one. */
export function contextLogger(): Logger | undefined {
  if (resolving) return undefined;
  resolving = true;
  try {
    return contextStore.active()?.getValue(LOGGER_KEY) as Logger | undefined;
  } finally {
    resolving = false;
  }
}

/**
 * Writes a line whose level is on. It carries the fields of the active context's logger, too: a logger that was made at
 * the top of a module doesn't know the request, and its lines are needed with the correlation id all the same.
 */
export function writeLine(logger: Bearer, level: Level, message: string, fields?: Fields): void {
  const own = logger[BOUND];
  const around = contextLogger();
  if (around === undefined) write(logger, level, message, own, fields);
  else if (isBearer(around)) write(logger, level, message, combine(around[BOUND], own), fields);
  else if (own === NO_FIELDS) delegate(around, level, message, fields);
  else write(logger, level, message, own, fields); // a logger of the user's own making: its fields can't be read
}

/** A logger of the user's own making may well write to `log` itself; that must not come back to it. */
function delegate(logger: Logger, level: Level, message: string, fields: Fields | undefined): void {
  resolving = true;
  try {
    logger[level](message, fields);
  } finally {
    resolving = false;
  }
}

function isBearer(logger: Logger): logger is Bearer {
  return BOUND in logger;
}

function combine(outer: Bound, own: Bound): Bound {
  if (own === NO_FIELDS) return outer;
  return own.within(outer) ? own : outer.around(own);
}

function write(logger: Bearer, level: Level, message: string, bound: Bound, given: Fields | undefined): void {
  if (depth >= DEEPEST) return;
  depth++;
  const fields = given === undefined ? undefined : toFields(given);
  const sink = currentSink();
  const entry: LogEntry = {
    level,
    time: Date.now(),
    message: typeof message === 'string' ? message : toMessage(message),
    bound,
    fields,
    source: sink.wantsSource === true ? callerOf(logger[level], logger[`${level}f`]) : undefined,
  };
  try {
    sink.write(entry);
  } catch (error) {
    lastResort(entry, describeThrow(error));
  } finally {
    depth--;
  }
  announce(level);
}
