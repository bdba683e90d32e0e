import { LogError } from './errors.ts';
import { type Level, LEVELS, parseLevel } from './level.ts';
import { show } from './show.ts';
import { applyLevel, state } from './state.ts';

/** The longest time a Node timer can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long a level lasts. */
export interface SetLevelOptions {
  /** Milliseconds after which the level before is in force again; 1 to 2147483647 (24.8 days). @default for good */
  forMs?: number;
}

/** The level in force and, where it is in force for a limited time, what comes after it. */
export interface LevelState {
  /** The level in force. */
  readonly level: Level;
  /** The level that was set for good. */
  readonly base: Level;
  /** When `base` is in force again; missing when `level` was set for good. */
  readonly until?: Date;
}

/**
 * The level in force: lines below it are not written. `info` at first.
 *
 * @example
 * ```ts
 * import { getLevel } from '@patron/log';
 *
 * console.log(getLevel()); // info
 * ```
 */
export function getLevel(): Level {
  return state.level;
}

/**
 * The level in force, for an endpoint that reports it.
 *
 * @example
 * ```ts
 * import { levelState, setLevel } from '@patron/log';
 *
 * setLevel('debug', { forMs: 60_000 });
 * const { level, base, until } = levelState();
 * console.log(`${level} until ${until?.toISOString()}, then ${base}`);
 * ```
 */
export function levelState(): LevelState {
  const { level, base, until } = state;
  return until === undefined ? { level, base } : { level, base, until: new Date(until) };
}

/**
 * Changes the level of every logger in the process, those in contexts included, from the next line on. Names may be in any
 * case. With `forMs` the level returns by itself to the one that was set for good; a later call cancels that.
 * The wait does not keep the process alive.
 *
 * @throws LogError `PATRON_LOG_LEVEL_INVALID` for a name that is no level or a time that is out of range; nothing changes then.
 *
 * @example
 * ```ts
 * import { levelState, log, setLevel } from '@patron/log';
 *
 * setLevel('debug', { forMs: 60_000 });
 * log.debug('visible for a minute');
 * console.log(levelState()); // { level: 'debug', base: 'info', until: … }
 * setLevel('info');
 * ```
 */
export function setLevel(level: Level, options: SetLevelOptions = {}): void {
  const parsed = typeof level === 'string' ? parseLevel(level) : undefined;
  if (parsed === undefined) throw new LogError('PATRON_LOG_LEVEL_INVALID', `${show(level)} is no level; levels are ${LEVELS.join(', ')}`);
  const { forMs } = options;
  if (forMs !== undefined && !(typeof forMs === 'number' && forMs >= 1 && forMs <= LONGEST_MS)) {
    throw new LogError('PATRON_LOG_LEVEL_INVALID', `forMs is ${show(forMs)}; it must be a number from 1 to ${LONGEST_MS}`);
  }
  clearTimeout(state.timer);
  state.timer = undefined;
  state.until = undefined;
  applyLevel(parsed);
  if (forMs === undefined) state.base = parsed;
  else expireAfter(forMs);
}

function expireAfter(ms: number): void {
  state.until = Date.now() + ms;
  state.timer = setTimeout(() => {
    state.timer = undefined;
    state.until = undefined;
    applyLevel(state.base);
  }, ms);
  state.timer.unref();
}
