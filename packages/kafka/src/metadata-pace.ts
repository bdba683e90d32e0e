/** A rebalance of a cooperative group takes two rounds, and each may have to be begun anew: somebody leaves meanwhile. */
const REBALANCE = { forMs: 2000, everyMs: 150 };
/** A cluster gives up a broker after 9 s of silence, and a client notices that silence a second earlier. */
const TROUBLE = { forMs: 15_000, everyMs: 500 };

/**
 * Asks for metadata while something goes on of which librdkafka would hear late.
 *
 * In a rebalance: it joins its group once in a second at most, and looks up to half a second later whether it may again; partitions
 * that move stand still meanwhile, and the whole group waits for its slowest member. The answer to a question for metadata takes
 * both waits away (`rkcg_join_intvl` in rdkafka_metadata.c).
 *
 * When a broker fails: it connects to it again, and where that one is frozen it waits for its answer, though others have taken over
 * what it led long ago. Metadata without that broker make it turn to those (`Decommissioning this broker`).
 */
export class MetadataPace {
  readonly #ask: () => Promise<unknown>;
  #rebalanceUntil = 0;
  #troubleUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isStopped = false;

  /** @param ask - Any question for metadata, bounded in time. */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  /** A step of a rebalance. */
  onRebalance(): void {
    this.#rebalanceUntil = performance.now() + REBALANCE.forMs;
    this.#soon();
  }

  /** A broker fails, which is said again only when it has been there in between. */
  onTrouble(): void {
    this.#troubleUntil = performance.now() + TROUBLE.forMs;
    if (this.#timer === undefined) this.#soon();
  }

  /** The group goes on without this member. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isStopped || this.#isAsking) return;
    const now = performance.now();
    const pace = now <= this.#rebalanceUntil ? REBALANCE : now <= this.#troubleUntil ? TROUBLE : undefined;
    if (pace === undefined) return;
    this.#timer = setTimeout(() => void this.#once(), pace.everyMs);
    this.#timer.unref();
  }

  async #once(): Promise<void> {
    this.#timer = undefined;
    this.#isAsking = true;
    await this.#ask().catch(() => undefined); // nobody answers: things go on at their own pace then
    this.#isAsking = false;
    this.#soon();
  }
}
