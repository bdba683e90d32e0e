import { errorType } from '@patron/trace';
import { describe } from '../errors.ts';

/** What is published in place of a message that can't be handled: its body and headers as they came, and these beside them. */
export interface DeadLetter {
  /** The topic or queue that takes it. */
  readonly destination: string;
  /** Where it comes from and why, by header: see {@link provenance}. */
  readonly headers: Readonly<Record<string, string>>;
}

const PREFIX = 'x-dead-letter-';
const MAX_MESSAGE = 1024;
const MAX_STACK = 4096;

/**
 * Who gave up on a message, when, after what, and why; each transport adds the place it came from. Cut to a length, as an error may
 * quote all of a body; without line breaks but in the stack, as some transports allow none.
 *
 * | header | what |
 * |---|---|
 * | `x-dead-letter-consumer` | the component that gave up |
 * | `x-dead-letter-source` | the topic or queue it came from |
 * | `x-dead-letter-id` | which message of it: topic, partition and offset; queue and id |
 * | `x-dead-letter-attempts` | how often it was tried |
 * | `x-dead-letter-first-at`, `x-dead-letter-at` | when it was tried first, and given up (ISO 8601) |
 * | `x-dead-letter-error-type` | the error's code where it has one, else its class |
 * | `x-dead-letter-error-message`, `x-dead-letter-error-stack` | what it says |
 */
export function provenance(of: {
  consumer: string;
  source: string;
  id: string;
  attempts: number;
  firstAt: Date;
  error: unknown;
}): Record<string, string> {
  const stack = (of.error as { stack?: unknown } | null | undefined)?.stack;
  return {
    [`${PREFIX}consumer`]: of.consumer,
    [`${PREFIX}source`]: of.source,
    [`${PREFIX}id`]: of.id,
    [`${PREFIX}attempts`]: String(of.attempts),
    [`${PREFIX}first-at`]: of.firstAt.toISOString(),
    [`${PREFIX}at`]: new Date().toISOString(),
    [`${PREFIX}error-type`]: errorType(of.error),
    [`${PREFIX}error-message`]: describe(of.error)
      .replaceAll(/[\r\n]+/g, ' ')
      .slice(0, MAX_MESSAGE),
    ...(typeof stack === 'string' && { [`${PREFIX}error-stack`]: stack.slice(0, MAX_STACK) }),
  };
}
