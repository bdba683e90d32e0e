import type { ActiveOperation } from './active-operation.ts';
import type { Carrier } from './carrier.ts';
import type { Operation } from './operation.ts';
import { isThenable } from './thenable.ts';

/**
 * Runs `fn` as an operation that began elsewhere: reads correlation id and trace context from the carrier, binds the
 * context logger, times, counts, records the error. Ends when what `fn` returned settles, unless `fn` called
 * {@link ActiveOperation.hold}. The answer of `fn` and its error pass through unchanged.
 *
 * @param carrier - The message's headers; many for a batch (each is linked), undefined for work that nothing remote began.
 *
 * @example
 * ```ts
 * import { log } from '@patron/log';
 * import { defineTransport, inbound, ObjectCarrier } from '@patron/trace';
 *
 * const jobs = defineTransport({
 *   kind: 'consumer',
 *   duration: { name: 'job_process_duration_seconds', help: 'Time to process a job.' },
 *   labels: ['queue'],
 *   statusLabel: 'outcome',
 * });
 * const mails = jobs.operation({ name: 'process mails', labels: { queue: 'mails' } });
 *
 * const sent = await inbound(mails, new ObjectCarrier({ 'x-correlation-id': 'order-4711' }), async () => {
 *   log.info('sending'); // the line carries correlationID: order-4711
 *   return 1;
 * });
 * ```
 */
export function inbound<R>(operation: Operation, carrier: Carrier | readonly Carrier[] | undefined, fn: (active: ActiveOperation) => R): R {
  return settle(operation.begin(carrier), fn);
}

/**
 * Runs `fn` as a call that leaves: writes correlation id and trace context to the carrier, then times, counts and records
 * the error as {@link inbound} does.
 *
 * @param carrier - The headers of what is sent; undefined for a call that carries none (a database query).
 */
export function outbound<R>(operation: Operation, carrier: Carrier | undefined, fn: (active: ActiveOperation) => R): R {
  const active = operation.begin();
  if (carrier !== undefined) {
    active.inject(carrier);
    active.describe(carrier);
  }
  return settle(active, fn);
}

function settle<R>(active: ActiveOperation, fn: (active: ActiveOperation) => R): R {
  let result: R;
  try {
    result = active.run(fn, active);
  } catch (error) {
    active.end({ error });
    throw error;
  }
  if (isThenable(result)) {
    return result.then(
      (value) => {
        if (!active.held) active.end();
        return value;
      },
      (error: unknown) => {
        active.end({ error });
        throw error;
      },
    ) as R;
  }
  if (!active.held) active.end();
  return result;
}
