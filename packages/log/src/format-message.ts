import { format } from 'node:util';
import { describeThrow, isError } from './fields.ts';

/** The message of a printf call (`node:util` format). Arguments whose own code throws are described. */
export function formatMessage(text: string, args: readonly unknown[]): string {
  try {
    return format(text, ...args);
  } catch (error) {
    return [
      text,
      ...args.map((arg) => (typeof arg === 'object' || typeof arg === 'function' ? typeof arg : String(arg as string))),
      describeThrow(error),
    ].join(' ');
  }
}

/** What a JavaScript caller passed as message, as text. An error's own message, so that `catch(log.error)` says something. */
export function toMessage(given: unknown): string {
  if (typeof given === 'string') return given;
  try {
    return isError(given) ? `${given.name}: ${given.message}` : format('%s', given);
  } catch (error) {
    return describeThrow(error);
  }
}
