import type { ConsumerClient } from './consumer-client.ts';
import type { Partition } from './partition.ts';
import { named, type Partitions } from './partitions.ts';

/**
 * How long a full partition may hold up the polling before it is paused. Pausing throws away what librdkafka has read ahead, so it
 * is for handlers that are slow, not for those that are behind by a moment.
 */
const PATIENCE_MS = 100;

/**
 * So many records may be held before the next ones are fetched; with more, that waits a moment for handlers that are quick. What
 * is handled soon after it came costs little memory, and the garbage collector nothing.
 */
const EASY = 250;
const MOMENT_MS = 20;

/** Keeps what waits for handlers within bounds: a partition that is full is paused until half of it is done. */
export class BackPressure {
  readonly #client: Pick<ConsumerClient, 'pause' | 'resume'>;
  readonly #partitions: Partitions;
  #tellRoom: (() => void) | undefined;
  pauses = 0;

  constructor(client: Pick<ConsumerClient, 'pause' | 'resume'>, partitions: Partitions) {
    this.#client = client;
    this.#partitions = partitions;
  }

  /** Waits a moment while much is held, or a partition is full; then pauses those that still are. */
  ease(): Promise<void> | undefined {
    return this.#held() <= EASY && !this.#isAnyFull() ? undefined : this.#ease();
  }

  /** A partition has come down to where it may take more. */
  onRoom(partition: Partition): void {
    if (partition.isPaused && partition.state === 'assigned') {
      partition.isPaused = false;
      this.#client.resume(named([partition]));
    }
    this.#tellRoom?.();
  }

  async #ease(): Promise<void> {
    await this.#until(() => this.#held() <= EASY, MOMENT_MS);
    await this.#until(() => !this.#isAnyFull(), PATIENCE_MS);
    const full = this.#full();
    if (full.length === 0) return;
    this.pauses++;
    for (const partition of full) partition.isPaused = true;
    this.#client.pause(named(full));
  }

  /** Resolves when `holds`, looked at whenever a partition has room, or when the time is up. */
  async #until(holds: () => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !holds(); left = end - performance.now()) await this.#room(left);
  }

  #held(): number {
    let held = 0;
    for (const partition of this.#partitions) held += partition.held;
    return held;
  }

  #full(): Partition[] {
    return [...this.#partitions].filter(isToBePaused);
  }

  #isAnyFull(): boolean {
    for (const partition of this.#partitions) if (isToBePaused(partition)) return true;
    return false;
  }

  /** Resolves when a partition has room again, or when the time is up. */
  #room(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#tellRoom = undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#tellRoom = done;
    });
  }
}

function isToBePaused({ isFull, isPaused, state }: Partition): boolean {
  return isFull && !isPaused && state === 'assigned';
}
