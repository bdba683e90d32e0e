const LOOK_EVERY_MS = 500;
/** Who uses less of a processor than this was not running. */
const STILL = 0.1;

/**
 * Sees that this process stood still for so long that its group has given its partitions away: it was stopped, or its machine
 * slept. Nobody tells it: it finds out on its next heartbeat, while its handlers already go on with what others are at by now.
 * A handler that keeps the event loop busy is something else: heartbeats have a thread of their own.
 */
export class FreezeWatch {
  readonly #afterMs: number;
  readonly #onThaw: (ms: number) => void;
  readonly #cpuMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #at = 0;
  #cpuAt = 0;

  /** @param cpuMs - What the process has used of processors; for tests. */
  constructor(afterMs: number, onThaw: (ms: number) => void, cpuMs: () => number = usedMs) {
    this.#afterMs = afterMs;
    this.#onThaw = onThaw;
    this.#cpuMs = cpuMs;
  }

  start(): void {
    this.#mark();
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Also before what was read ahead is handed on: the timer may come second. */
  look(): void {
    const ms = performance.now() - this.#at;
    if (ms < LOOK_EVERY_MS) return;
    const used = this.#cpuMs() - this.#cpuAt;
    this.#mark();
    if (ms >= this.#afterMs && used < ms * STILL) this.#onThaw(ms);
  }

  #mark(): void {
    this.#at = performance.now();
    this.#cpuAt = this.#cpuMs();
  }
}

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
