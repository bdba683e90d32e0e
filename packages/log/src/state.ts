import type { LogSink } from './entry.ts';
import { type Level, LEVELS, severity } from './level.ts';
import { shared } from './shared.ts';

/**
 * All that changes at run time. It is shared between the copies of this package in a process, and loggers hold nothing of
 * it: a set-up or a change of level therefore reaches every logger that has been handed out, those in contexts too.
 */
export interface LogState {
  /** The severity below which nothing is written; never above fatal's, as fatal and panic are never filtered. */
  threshold: number;
  level: Level;
  /** What the level returns to when a change for a limited time is over. */
  base: Level;
  /** When a change for a limited time is over, in milliseconds since 1970. */
  until: number | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Undefined until the first set-up or the first line. */
  sink: LogSink | undefined;
}

export const FATAL = severity('fatal');

/** The state of the process. @internal */
export const state: LogState = shared('log', () => ({
  threshold: severity('info'),
  level: 'info',
  base: 'info',
  until: undefined,
  timer: undefined,
  sink: undefined,
}));

/** Puts a level in force. */
export function applyLevel(level: Level): void {
  state.level = level;
  state.threshold = Math.min(LEVELS.indexOf(level), FATAL);
}
