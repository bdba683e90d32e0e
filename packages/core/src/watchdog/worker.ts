import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Level } from '@patron/log';
import { stackOfMainThread } from './stack.ts';

// The thread of the watchdog. It looks whether the main thread beats, and through the inspector at its stack.

/** What the thread is given. */
export interface WatchData {
  /** Counts up with every beat of the main thread; then its log level. */
  readonly shared: Int32Array;
  /** From one beat to the next. */
  readonly beatMs: number;
  readonly blockedMs: number;
  /** How long a block lasts before the thread tells of it itself: the loop may never come back to do so. */
  readonly lostMs: number;
  readonly levels: readonly Level[];
  /** What every line of the log carries. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What it says first: from now on it looks. */
export const WATCHING = 'watching';

/** What it has seen. */
export interface Sighting {
  /** `function file:line`, the innermost first. Empty where the block was in no JavaScript that could be looked at. */
  readonly stack: readonly string[];
}

/** How soon a loop that is free again is noticed. */
const LOOK_MS = 10;

async function watch(data: WatchData): Promise<void> {
  const { shared, beatMs, blockedMs, lostMs } = data;
  let seen = Atomics.load(shared, 0);
  let missed = 0;
  parentPort?.postMessage(WATCHING);
  for (;;) {
    await sleep(beatMs);
    const beats = Atomics.load(shared, 0);
    missed = beats === seen ? missed + 1 : 0;
    seen = beats;
    // Looks are counted, and no clock is read: a process that was frozen, or a clock that was set, has blocked nothing. The
    // first look without a beat proves nothing, the beat may not have been due.
    if ((missed - 1) * beatMs < blockedMs) continue;
    parentPort?.postMessage({ stack: await stackOfBlock(beats, (missed - 1) * beatMs) } satisfies Sighting);
    missed = 0;
  }

  /** Looks at once, and waits until the loop is free. What is seen only then is not what blocked it. */
  async function stackOfBlock(beats: number, alreadyMs: number): Promise<readonly string[]> {
    const since = performance.now() - alreadyMs;
    const done = new AbortController();
    let stack: readonly string[] = [];
    const looking = stackOfMainThread(done.signal).then((found) => {
      if (Atomics.load(shared, 0) === beats) stack = found;
    });
    let told = false;
    while (Atomics.load(shared, 0) === beats) {
      await sleep(LOOK_MS);
      if (told || performance.now() - since < lostMs) continue;
      told = true;
      await tellLost(data, { blockedMs: Math.round(performance.now() - since), stack });
    }
    done.abort();
    await looking;
    return stack;
  }
}

/** Writes as the service does by default: its own logger is in the thread that is blocked. */
async function tellLost({ shared, levels, fields }: WatchData, found: { blockedMs: number; stack: readonly string[] }): Promise<void> {
  const { log, setLevel, setup } = await import('@patron/log');
  const { winston } = await import('@patron/log/winston');
  setup(winston(), fields);
  setLevel(levels[Atomics.load(shared, 1)] ?? 'info');
  log.error('event loop blocked, and not free again yet', found);
}

if (!isMainThread) void watch(workerData as WatchData);
