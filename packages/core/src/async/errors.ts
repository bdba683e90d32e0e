/** A message whose body can't be decoded or that its schema does not let through. It will not get better: it is never tried again. */
export class MessageInvalidError extends Error {
  readonly code = 'PATRON_MESSAGE_INVALID';
  override readonly name = 'MessageInvalidError';
}

/** A handler took longer than `handlerTimeoutMs`: the reason of its signal, and what counts as its failure. */
export class HandlerTimeoutError extends Error {
  readonly code = 'PATRON_MESSAGE_HANDLER_TIMEOUT';
  override readonly name = 'HandlerTimeoutError';

  constructor(id: string, ms: number) {
    super(`the handler of ${id} did not finish within ${ms} ms`);
  }
}

/** The reason of a handler's signal where its message is no longer ours to settle: partition revoked, lease lost, no time left. */
export class MessageLostError extends Error {
  readonly code = 'PATRON_MESSAGE_LOST';
  override readonly name = 'MessageLostError';
}

/** A message has failed as often as it may, and its policy is `exhausted: 'exit'`. `cause` is what its handler threw. */
export class MessageFailedError extends Error {
  readonly code = 'PATRON_MESSAGE_FAILED';
  override readonly name = 'MessageFailedError';

  constructor(id: string, attempts: number, problem: string, cause: unknown) {
    super(`message ${id} failed ${attempts === 1 ? 'at its only attempt' : `${attempts} times`}: ${problem}`, { cause });
  }
}

/** A consumer broke more often than `restart` allows. `cause` is the last of its errors. */
export class RestartsExhaustedError extends Error {
  readonly code = 'PATRON_CONSUMER_RESTARTS_EXHAUSTED';
  override readonly name = 'RestartsExhaustedError';

  constructor(restarts: number, windowMs: number, problem: string, cause: unknown) {
    super(`its consumer broke ${restarts + 1} times within ${windowMs / 1000} s, the last time because ${problem}`, { cause });
  }
}

/** The options of a consumer hold values that can't be used; a sentence for each is in `problems`. */
export class ConsumerOptionError extends Error {
  readonly code = 'PATRON_CONSUMER_OPTIONS_INVALID';
  override readonly name = 'ConsumerOptionError';
  readonly problems: readonly string[];

  constructor(consumer: string, problems: readonly string[]) {
    super(
      `${consumer} can't be made: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.problems = problems;
  }
}
