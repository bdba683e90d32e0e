/**
 * The options or the environment hold values that can't be used. All of them are named in one error, so that one look
 * mends them all.
 */
export class ConfigurationError extends Error {
  readonly code = 'PATRON_CONFIGURATION_INVALID';
  override readonly name = 'ConfigurationError';
  /** One sentence each, with the option or variable, its value and what is allowed. */
  readonly problems: readonly string[];

  constructor(service: string, problems: readonly string[]) {
    super(
      `${service} can't start: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    );
    this.problems = problems;
    compact(this);
  }
}

/** Which way a component failed. */
export type FailureKind = 'PATRON_COMPONENT_FAILED' | 'PATRON_COMPONENT_RETURNED' | 'PATRON_COMPONENT_LATE';

/** A component threw, rejected, returned before it was asked to, or did not stop in time. `cause` is what it threw. */
export class ComponentError extends Error {
  readonly code: FailureKind;
  override readonly name = 'ComponentError';
  /** The component's name. */
  readonly component: string;

  constructor(code: FailureKind, component: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.component = component;
    compact(this);
  }
}

/** A listener could not be opened: its port or Unix socket is in use, or may not be taken. `cause` is the system's error where the message does not say it all. */
export class ListenError extends Error {
  readonly code = 'PATRON_LISTEN_FAILED';
  override readonly name = 'ListenError';
  /** Whose listener: `http`, `management`, the name of an `HttpComponent`. */
  readonly component: string;

  constructor(component: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.component = component;
    compact(this);
  }
}

/** A resource failed to close, or did not in time. `cause` is what it threw. */
export class ResourceError extends Error {
  readonly code = 'PATRON_RESOURCE_CLOSE_FAILED';
  override readonly name = 'ResourceError';
  /** The resource's name. */
  readonly resource: string;

  constructor(resource: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.resource = resource;
    compact(this);
  }
}

/** What `run()` rejects with: every failure of the run, in the order in which they came. */
export class ServiceError extends AggregateError {
  readonly code = 'PATRON_SERVICE_FAILED';
  override readonly name = 'ServiceError';

  constructor(service: string, failures: readonly Error[]) {
    super(failures, `service ${JSON.stringify(service)} failed\n${failures.map((failure) => `  - ${failure.message}`).join('\n')}`);
    compact(this);
  }
}

/**
 * These errors tell of the world outside: where in patron they were made helps nobody who reads them at three in the morning.
 * Node prints an error that nobody catches with its stack and all its enumerable properties: here that is the message.
 */
function compact(error: Error): void {
  error.stack = `${error.name} [${(error as { code?: string }).code}]: ${error.message}`;
  for (const key of Object.keys(error)) Object.defineProperty(error, key, { enumerable: false });
}

/** What was thrown, as an error: some code throws strings, or nothing at all. */
export function toError(error: unknown): Error {
  return isError(error) ? error : new Error(describe(error), { cause: error });
}

// By what it is, not by class: another realm has its own Error (a vm, a test runner).
function isError(error: unknown): error is Error {
  return Object.prototype.toString.call(error) === '[object Error]' || error instanceof Error;
}

/** The message of whatever was thrown. */
export function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null)
    return `threw ${typeof error === 'string' ? JSON.stringify(error) : String(error)}, which is no Error`;
  const { message, name } = error as { message?: unknown; name?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return typeof name === 'string' ? name : Object.prototype.toString.call(error);
}
