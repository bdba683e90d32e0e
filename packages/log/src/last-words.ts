import { LAST_WORDS_MS } from './descriptor/exit.ts';
import { PanicError } from './errors.ts';
import { toMessage } from './format-message.ts';
import { state } from './state.ts';

/** Ends the process with code 1 when everything written has arrived. */
export function die(): never {
  flush(LAST_WORDS_MS);
  process.exit(1);
}

/** Throws when everything written has arrived: whoever catches it may well end the process. */
export function throwPanic(message: unknown): never {
  flush(LAST_WORDS_MS);
  throw new PanicError(toMessage(message));
}

/**
 * Waits until the lines written so far have arrived, at most `deadlineMs` milliseconds, and blocks the process meanwhile.
 * Not needed before `fatal`, `panic`, `process.exit()` or an uncaught error: they wait by themselves.
 * @param deadlineMs - @default 4500
 *
 * @example
 * ```ts
 * import { flush, log } from '@patron/log';
 *
 * log.info('before a signal that ends the process');
 * flush(1000);
 * ```
 */
export function flush(deadlineMs: number = LAST_WORDS_MS): void {
  try {
    state.sink?.flushSync?.(deadlineMs);
  } catch {
    // A sink that can't flush has lost its lines already; the process still has to end.
  }
}
