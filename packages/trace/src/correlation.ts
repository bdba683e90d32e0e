import { childContext, contextStore, fromContext, LOGGER_KEY } from '@patron/log';
import { uuid } from './uuid.ts';

/** The header, on every transport, that carries the correlation id. Lower case; names compare case-insensitively. */
export const CORRELATION_HEADER = 'x-correlation-id';

/** The log field that carries the correlation id, as Go patron's dashboards know it. */
export const CORRELATION_FIELD = 'correlationID';

/** The key under which a context answers its correlation id. @internal */
export const CORRELATION_KEY: symbol = Symbol.for('patron.v1.correlation');

const VALID = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** Whether an id that came from outside may be logged, echoed and sent on: 1 to 128 characters of `[A-Za-z0-9._:/+=@-]`. */
export function isCorrelationId(id: string): boolean {
  return VALID.test(id);
}

/** A new correlation id: a version 4 UUID (RFC 9562 §5.4). */
export function newCorrelationId(): string {
  return uuid();
}

/**
 * The correlation id of the work that is going on here; undefined outside of any. Inside a handler it is always the same
 * one, however often and however deep it is asked.
 *
 * @example
 * ```ts
 * import { correlationId, withCorrelationId } from '@patron/trace';
 *
 * withCorrelationId('order-4711', () => console.log(correlationId())); // order-4711
 * console.log(correlationId()); // undefined
 * ```
 */
export function correlationId(): string | undefined {
  return contextStore.active()?.getValue(CORRELATION_KEY) as string | undefined;
}

/**
 * Runs `fn` with `id` as the correlation id of everything below it: log lines, outgoing calls. For work that no request
 * and no message began (a timer, a script).
 *
 * @throws RangeError for an id that {@link isCorrelationId} refuses; the message does not repeat it raw.
 */
export function withCorrelationId<T>(id: string, fn: () => T): T {
  if (!isCorrelationId(id)) {
    throw new RangeError(`correlation id ${JSON.stringify(id.slice(0, 140))} is not 1 to 128 characters of [A-Za-z0-9._:/+=@-]`);
  }
  const logger = fromContext().sub({ [CORRELATION_FIELD]: id });
  const context = childContext(childContext(contextStore.active(), CORRELATION_KEY, id), LOGGER_KEY, logger);
  return contextStore.run(context, fn);
}
