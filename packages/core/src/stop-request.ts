/** The wish to stop: the first reason counts, and somebody at a keyboard does not want to wait. */
export class StopRequest {
  /** Why, once there is a reason. */
  readonly reason: Promise<string>;
  readonly #resolve: (reason: string) => void;
  readonly #hurry = new AbortController();
  #made = false;

  constructor() {
    const { promise, resolve } = withResolvers();
    this.reason = promise;
    this.#resolve = resolve;
  }

  /** Whether anybody has asked. */
  get made(): boolean {
    return this.#made;
  }

  /** Aborts when the stop is not to wait for balancers to look away. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  make(reason: string): void {
    this.#made = true;
    this.#resolve(reason);
  }

  /** SIGINT, also one that comes when the service is stopping already: it cuts the delay short. */
  interrupt(): void {
    this.#hurry.abort();
    this.make('SIGINT');
  }
}

// Promise.withResolvers came with Node 22.
function withResolvers(): { promise: Promise<string>; resolve: (reason: string) => void } {
  let resolve: (reason: string) => void = () => undefined;
  const promise = new Promise<string>((set) => (resolve = set));
  return { promise, resolve };
}
