/** What can go wrong in @patron/log; stable, unlike the messages. */
export type LogErrorCode = 'PATRON_LOG_LEVEL_INVALID' | 'PATRON_LOG_OPTION' | 'PATRON_LOG_PINO_MISSING';

/**
 * A call of this package's set-up functions that can't be carried out. Writing lines never throws one.
 *
 * - `PATRON_LOG_LEVEL_INVALID`: a level, or the time it should last, is not valid.
 * - `PATRON_LOG_OPTION`: a factory or one of its options is not valid.
 * - `PATRON_LOG_PINO_MISSING`: the pino factory needs pino, and it is not installed.
 *
 * @example
 * ```ts
 * import { LogError, setLevel } from '@patron/log';
 *
 * try {
 *   setLevel('verbose' as 'debug');
 * } catch (error) {
 *   if (error instanceof LogError) console.log(error.code, error.message);
 * }
 * ```
 */
export class LogError extends Error {
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LogError';
    this.code = code;
  }
}

/**
 * What `panic` throws when its line has been written; `code` is `PATRON_PANIC`.
 *
 * @example
 * ```ts
 * import { log, PanicError } from '@patron/log';
 *
 * try {
 *   log.panic('the ledger does not balance', { account: 7 });
 * } catch (error) {
 *   console.log(error instanceof PanicError && error.code);
 * }
 * ```
 */
export class PanicError extends Error {
  readonly code = 'PATRON_PANIC';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PanicError';
  }
}
