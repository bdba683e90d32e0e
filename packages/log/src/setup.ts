import type { LoggerFactory } from './entry.ts';
import { LogError } from './errors.ts';
import { copyFields } from './fields.ts';
import type { Fields } from './logger.ts';
import { show } from './show.ts';
import { useSink } from './sink.ts';
import { state } from './state.ts';
import { winston } from './winston.ts';

/**
 * Says where lines go and which fields each of them carries. Takes effect for every logger in the process, those that have
 * been handed out or sit in contexts included, from their next line on. A `Service` calls this; programs without one may.
 * Before any set-up, lines go to stderr as with the default factory, without fields.
 *
 * @param factory - @default winston()
 * @param fields - On every line; `srv`, `ver` and `host` are the service's name, its version and its host. @default none
 * @throws LogError `PATRON_LOG_OPTION` for a factory that makes no sink; the set-up before stays then.
 *
 * @example
 * ```ts
 * import { log, setup, winston } from '@patron/log';
 *
 * setup(winston({ redact: ['password'] }), { srv: 'orders', ver: '1.4.2', host: 'a' });
 * log.info('signed in', { user: 'ann', password: 'secret' });
 * ```
 */
export function setup(factory: LoggerFactory = winston(), fields: Fields = {}): void {
  if (typeof factory !== 'function') throw new LogError('PATRON_LOG_OPTION', `${show(factory)} is no logger factory`);
  const sink = factory(copyFields(fields));
  if (typeof sink?.write !== 'function') {
    throw new LogError('PATRON_LOG_OPTION', `the logger factory returned ${show(sink)}, which has no write(entry)`);
  }
  useSink(sink);
}

/**
 * How many lines this process's output could not take: its reader had gone, its disk was full, or it was too slow. 0 where
 * the factory doesn't count.
 *
 * @example
 * ```ts
 * import { droppedLines } from '@patron/log';
 *
 * console.log(`${droppedLines()} lines were lost so far`);
 * ```
 */
export function droppedLines(): number {
  return state.sink?.dropped ?? 0;
}
