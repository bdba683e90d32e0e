import { type Backoff, exponentialBackoff } from '@patron/reliability';
import { LONGEST_MS } from '../duration.ts';
import { isSchema, type StandardSchemaV1 } from '../schema.ts';
import { show } from '../show.ts';
import type { Codec } from '../codec.ts';
import { ConsumerOptionError } from './errors.ts';
import type { Handler } from './message.ts';

/** What becomes of a message that has failed for good. */
export type Exhausted =
  /** It stays unsettled and the service stops: somebody has to look. */
  | 'exit'
  /** The broker counts it as failed and gives it again, to whom it likes. */
  | 'nack'
  /** It is logged and forgotten. */
  | 'ack'
  /** It goes to that topic or queue, with where it came from and why; then it is settled. */
  | { readonly deadLetter: string };

/** What happens when a handler throws. */
export interface FailurePolicy<E extends Exhausted = Exhausted> {
  /** How often one message is tried, the first time included. @default 3 */
  attempts?: number;
  /** How long to wait before the next try. The message's own lane waits with it, and no other. @default exponential from 100 ms to 30 s, with full jitter */
  backoff?: Backoff;
  /** Whether this error may go away. A body that can't be decoded never gets here. @default all may */
  retryIf?: (error: unknown) => boolean;
  /** What comes after the last attempt. @default 'exit' */
  exhausted?: E;
}

/** How often a consumer that broke is opened again before its component fails. */
export interface RestartPolicy {
  /** So many times within `windowMs`: one error a day never adds up. @default 5 */
  attempts?: number;
  /** @default 600000 (10 min) */
  windowMs?: number;
  /** @default exponential from 1 s to 30 s, with full jitter */
  backoff?: Backoff;
}

/** What every consumer takes, on every transport. */
export interface ConsumerOptions<T, M, E extends Exhausted = Exhausted> {
  /** Unique in its service; in log lines, /ready, /info, metrics and errors. */
  name: string;
  /** Returning settles the message, throwing leaves it to `failure`. May return a promise. */
  handle: Handler<M>;
  /** What a value has to be, in any Standard Schema library. A message that is not fails at once and for good. @default anything */
  schema?: StandardSchemaV1<unknown, T>;
  /** How bytes become values. @default by the message's content type: JSON, text, bytes; JSON where it says nothing */
  codec?: Codec<T>;
  /** How many handlers run at once, at most. @default 16 */
  concurrency?: number;
  failure?: FailurePolicy<E>;
  /** How long a handler may take before its signal aborts; what it throws then counts as a timeout. @default no limit */
  handlerTimeoutMs?: number;
  restart?: RestartPolicy;
  /** How many lanes may wait for a next try without keeping a place of `concurrency`. @default 1000 */
  maxParkedLanes?: number;
  /** A handler that runs longer is logged, and /ready tells of it. @default 300000 (5 min) */
  stallAfterMs?: number;
}

/** The options, checked, with nothing left open. */
export interface ResolvedConsumer<M> {
  name: string;
  handle: Handler<M>;
  schema: StandardSchemaV1 | undefined;
  codec: Codec<unknown> | undefined;
  concurrency: number;
  attempts: number;
  backoff: Backoff;
  retryIf: (error: unknown) => boolean;
  exhausted: Exhausted;
  handlerTimeoutMs: number | undefined;
  restart: Required<RestartPolicy>;
  maxParkedLanes: number;
  stallAfterMs: number;
}

/**
 * Checks what all transports have in common, after a transport has added its own problems.
 * @param kind - For the error: `the kafka consumer`.
 * @throws ConsumerOptionError with everything that is wrong.
 */
export function resolveConsumer<T, M>(kind: string, options: ConsumerOptions<T, M>, problems: string[]): ResolvedConsumer<M> {
  const { name, handle, schema, codec, failure = {}, restart = {} } = options;
  const number = (option: string, value: number | undefined, least: number, fallback: number, unit = 'a whole number'): number => {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= LONGEST_MS))
      problems.push(`${option} is ${show(value)}: it takes ${unit}, ${least} at least`);
    return value ?? fallback;
  };
  if (typeof name !== 'string' || name.trim() === '') problems.push(`name is ${show(name)}: a consumer needs a name`);
  if (typeof handle !== 'function') problems.push(`handle is ${show(handle)}: it takes a function of a message`);
  if (schema !== undefined && !isSchema(schema)) problems.push(`schema is ${show(schema)}: it takes a Standard Schema`);
  if (codec !== undefined && typeof codec?.decode !== 'function')
    problems.push(`codec is ${show(codec)}: it takes an object with encode and decode`);
  for (const [option, value] of [
    ['failure.backoff', failure.backoff],
    ['failure.retryIf', failure.retryIf],
    ['restart.backoff', restart.backoff],
  ] as const)
    if (value !== undefined && typeof value !== 'function') problems.push(`${option} is ${show(value)}: it takes a function`);
  const milliseconds = 'whole milliseconds';
  const resolved: ResolvedConsumer<M> = {
    name,
    handle,
    schema: schema as StandardSchemaV1 | undefined,
    codec: codec as Codec<unknown> | undefined,
    concurrency: number('concurrency', options.concurrency, 1, 16),
    attempts: number('failure.attempts', failure.attempts, 1, 3),
    backoff: failure.backoff ?? exponentialBackoff({ initialMs: 100, maxMs: 30_000 }),
    retryIf: failure.retryIf ?? (() => true),
    exhausted: exhausted(failure.exhausted, problems),
    handlerTimeoutMs:
      options.handlerTimeoutMs === undefined ? undefined : number('handlerTimeoutMs', options.handlerTimeoutMs, 1, 1, milliseconds),
    restart: {
      attempts: number('restart.attempts', restart.attempts, 0, 5),
      windowMs: number('restart.windowMs', restart.windowMs, 1, 600_000, milliseconds),
      backoff: restart.backoff ?? exponentialBackoff({ initialMs: 1000, maxMs: 30_000 }),
    },
    maxParkedLanes: number('maxParkedLanes', options.maxParkedLanes, 0, 1000),
    stallAfterMs: number('stallAfterMs', options.stallAfterMs, 1, 300_000, milliseconds),
  };
  if (problems.length > 0) {
    throw new ConsumerOptionError(typeof name === 'string' && name !== '' ? `${kind} ${JSON.stringify(name)}` : kind, problems);
  }
  return resolved;
}

function exhausted(value: Exhausted | undefined, problems: string[]): Exhausted {
  if (value === undefined) return 'exit';
  if (value === 'exit' || value === 'nack' || value === 'ack') return value;
  const { deadLetter } = (value ?? {}) as { deadLetter?: unknown };
  if (typeof deadLetter !== 'string' || deadLetter === '')
    problems.push(
      `failure.exhausted is ${show(value)}: it takes 'exit', 'ack', 'nack' where the transport has it, or { deadLetter: 'its name' }`,
    );
  return value;
}
