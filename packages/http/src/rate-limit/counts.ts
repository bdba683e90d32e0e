import { createHash, randomBytes } from 'node:crypto';
import type { Count, Meter } from './meter.ts';

/** How many counts keys share that have none of their own. */
const SHARED = 1024;
/** Longer keys are kept as their digest: a stranger who chooses keys must not choose how much memory they take. */
const LONGEST_KEY = 64;
/** How many counts are looked at for one that may be forgotten: with each new key, and where there is no room for it. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;

/** A count of a key's own. */
interface OwnCount extends Count {
  readonly phase: number;
}

/**
 * The counts of many keys, in bounded memory. What may be forgotten is only what a new count would say as well. Where
 * all of `maxKeys` say more than that, a new key gets no count of its own: it shares one with those of the same hash, which
 * is stricter and never laxer. So nobody gains anything by sending keys until others, or his own, are pushed out. A shared
 * count becomes the beginning of an own one, as soon as there is room.
 */
export class Counts {
  /** The shift of the windows of the key that was looked up last. */
  phase = 0;
  readonly #own = new Map<string, OwnCount>();
  readonly #shared: Count[] = Array.from({ length: SHARED }, () => ({ at: 0, used: 0 }));
  readonly #meter: Meter;
  readonly #maxKeys: number;
  readonly #onFull: () => void;
  // Who knows which keys share a count could use up somebody else's.
  readonly #seed = randomBytes(4).readInt32LE();
  #sweep: MapIterator<[string, OwnCount]> | undefined;

  /** @param onFull - Called for each request of a key that has to share. */
  constructor(meter: Meter, maxKeys: number, onFull: () => void) {
    this.#meter = meter;
    this.#maxKeys = maxKeys;
    this.#onFull = onFull;
  }

  /** How many keys have a count of their own. */
  get size(): number {
    return this.#own.size;
  }

  /** The count of a key, and its {@link phase}. */
  of(key: string, now: number): Count {
    const kept = key.length <= LONGEST_KEY ? key : digest(key);
    const own = this.#own.get(kept);
    if (own !== undefined) {
      this.phase = own.phase;
      return own;
    }
    return this.#begin(kept, now);
  }

  #begin(key: string, now: number): Count {
    const place = hash(key, this.#seed) % SHARED;
    const phase = place / SHARED;
    this.phase = phase;
    const shared = this.#shared[place] as Count;
    this.#forget(now, this.#own.size < this.#maxKeys ? LOOKS : LOOKS_WHEN_FULL);
    if (this.#own.size >= this.#maxKeys) {
      this.#onFull();
      return shared;
    }
    // What the key used up while it had to share stays used up.
    const { at, used } = this.#meter.isFresh(shared, now, phase) ? { at: now, used: 0 } : shared;
    const own: OwnCount = { at, used, phase };
    this.#own.set(unsliced(key), own);
    return own;
  }

  /** Looks at some counts, in turn, and forgets those that say nothing. */
  #forget(now: number, looks: number): void {
    for (let i = 0; i < looks; i++) {
      this.#sweep ??= this.#own.entries();
      const next = this.#sweep.next();
      if (next.done === true) {
        this.#sweep = undefined;
        return;
      }
      const [key, count] = next.value;
      if (this.#meter.isFresh(count, now, count.phase)) this.#own.delete(key);
    }
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key, 'utf16le').digest('base64');
}

/** FNV-1a over UTF-16 units, begun at a secret. */
function hash(key: string, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (let i = 0; i < key.length; i++) value = Math.imul(value ^ key.charCodeAt(i), 0x01000193);
  value ^= value >>> 15;
  return (Math.imul(value, 0x2c1b3c6d) ^ (value >>> 13)) >>> 0;
}

/** A part of a longer string holds all of it in memory (a key cut out of a header of 16 KiB). */
function unsliced(key: string): string {
  const copy = Buffer.from(key).toString();
  return copy === key ? copy : key;
}
