import { BOUND, NO_FIELDS } from './bound.ts';
import { childContext, contextStore, LOGGER_KEY } from './context.ts';
import { ContextualLogger } from './contextual-logger.ts';
import type { Logger } from './logger.ts';
import { contextLogger } from './write-line.ts';

const root = new ContextualLogger(NO_FIELDS);

/**
 * The logger of wherever it is called: within a request or a message the one that carries the correlation id, elsewhere
 * the one without fields. Its methods can be passed around: `promise.catch(log.error)`.
 *
 * @example
 * ```ts
 * import { log } from '@patron/log';
 *
 * log.info('order accepted', { id: 42 });
 * log.warnf('%d retries left', 2);
 * const orders = log.sub({ module: 'orders' });
 * orders.error('no such order', { id: 43 });
 * ```
 */
export const log: Logger = {
  debug: root.debug.bind(root),
  debugf: root.debugf.bind(root),
  info: root.info.bind(root),
  infof: root.infof.bind(root),
  warn: root.warn.bind(root),
  warnf: root.warnf.bind(root),
  error: root.error.bind(root),
  errorf: root.errorf.bind(root),
  fatal: root.fatal.bind(root),
  fatalf: root.fatalf.bind(root),
  panic: root.panic.bind(root),
  panicf: root.panicf.bind(root),
  sub: (fields) => (contextLogger() ?? root).sub(fields),
  enabled: root.enabled.bind(root),
};

// So that withContext(log, …) takes it for what it is; not enumerable, since { ...log, info: mine } is somebody else's.
Object.defineProperty(log, BOUND, { value: NO_FIELDS });

/**
 * The logger of the active context; {@link log} where there is none.
 *
 * @example
 * ```ts
 * import { fromContext, log, withContext } from '@patron/log';
 *
 * withContext(log.sub({ job: 'nightly' }), () => {
 *   fromContext().info('begins'); // carries job
 * });
 * ```
 */
export function fromContext(): Logger {
  return contextLogger() ?? log;
}

/**
 * Runs `fn` with `logger` as the logger of the context: `log` and {@link fromContext} find it in everything that `fn` calls
 * and awaits, without its being passed. Returns what `fn` returns.
 *
 * @example
 * ```ts
 * import { log, withContext } from '@patron/log';
 *
 * await withContext(log.sub({ tenant: 'acme' }), async () => {
 *   await Promise.resolve();
 *   log.info('carries tenant');
 * });
 * ```
 */
export function withContext<R>(logger: Logger, fn: () => R): R {
  return contextStore.run(childContext(contextStore.active(), LOGGER_KEY, logger), fn);
}
