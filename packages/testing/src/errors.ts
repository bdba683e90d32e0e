/** What can go wrong in @patron/testing; stable, unlike the messages. */
export type TestingErrorCode = 'PATRON_TESTING_OPTION' | 'PATRON_TESTING_RDKAFKA_MISSING' | 'PATRON_TESTING_KAFKA_FAILED';

/**
 * An embedded broker that can't be started or stopped.
 *
 * - `PATRON_TESTING_OPTION`: an option is not valid.
 * - `PATRON_TESTING_RDKAFKA_MISSING`: node-rdkafka is not installed, or was not compiled for this Node; `cause` is what the
 *   loader said.
 * - `PATRON_TESTING_KAFKA_FAILED`: the embedded cluster did not start or did not stop; `cause` is librdkafka's error.
 *
 * @example
 * ```ts
 * import { startKafka, TestingError } from '@patron/testing';
 *
 * try {
 *   await startKafka({ nodes: 0 });
 * } catch (error) {
 *   if (error instanceof TestingError) console.log(error.code, error.message);
 * }
 * ```
 */
export class TestingError extends Error {
  readonly code: TestingErrorCode;

  constructor(code: TestingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TestingError';
    this.code = code;
  }
}
