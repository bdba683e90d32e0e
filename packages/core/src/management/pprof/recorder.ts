import type { HeapProfiler, Profiler } from 'node:inspector';
import type { Session } from 'node:inspector/promises';
import { log, shared } from '@patron/log';
import { onAbort } from '../../deadline.ts';
import { describe } from '../../errors.ts';
import type { HeapKind, HeapWindow, SampledHeap } from './heap-profile.ts';
import type { Profile } from './profile.ts';

/**
 * Bytes between two samples of the heap, on average. Samples of what lives are few, V8's own default. Those of all
 * allocations are kept until the end: a gigabyte a second for five minutes makes half a million, at Go's distance.
 */
const EVERY_BYTES = { standing: 512 * 1024, heap: 32 * 1024, allocs: 512 * 1024 } as const;

/** V8 has one sampler of the heap per process, which doesn't say whose it is: that of `--heap-prof`, of a debugger. */
const STRANGER = 'the heap is being recorded by something else in this process, such as --heap-prof or a debugger';

/** Somebody records already; there is one profiler of each kind. */
export class Busy extends Error {}

/** There is no inspector to record with: Node was built without it, or may not use it (`--permission`). */
export class Unavailable extends Error {}

/** Who records since when. Of the process, as V8 is: two services can be in one, or two copies of this package. */
const running = shared('core.recordings', () => new Map<string, Date>());

/** Records profiles of this process, one of the CPU and one of the heap at a time. */
export class ProfileRecorder {
  /** The heap profile that runs from the start, where the service asked for one. */
  #standing: { session: Session; startedAt: Date; free: () => void } | undefined;

  /** Records the heap from now on, so that GET heap tells of all that is alive. A service that can't starts all the same, and says so. */
  async recordHeap(): Promise<void> {
    try {
      const free = take('heap', 'the heap');
      try {
        const session = await connect();
        await startSampling(session, 'heap', EVERY_BYTES.standing);
        this.#standing = { session, startedAt: new Date(), free };
      } catch (error) {
        free();
        throw error;
      }
    } catch (error) {
      log.warn('the heap is not recorded, option management.heapProfiling', { reason: describe(error) });
    }
  }

  /** What a service has recorded since its start is thrown away. */
  close(): void {
    this.#standing?.session.disconnect();
    this.#standing?.free();
    this.#standing = undefined;
  }

  /** Whether the heap is recorded from the start. */
  get isStanding(): boolean {
    return this.#standing !== undefined;
  }

  /** Records for so long, or until `signal` aborts. @throws Busy, Unavailable */
  async cpu(ms: number, hz: number, signal: AbortSignal): Promise<Profile> {
    const free = take('cpu', 'a CPU profile');
    let profile: Profiler.Profile;
    const startedAt = new Date();
    try {
      profile = await withSession(async (session) => {
        await session.post('Profiler.enable');
        await session.post('Profiler.setSamplingInterval', { interval: Math.round(1e6 / hz) });
        await session.post('Profiler.start');
        await elapsed(ms, signal);
        return ((await session.post('Profiler.stop')) as { profile: Profiler.Profile }).profile;
      });
    } finally {
      free();
    }
    const { fromCpuProfile } = await import('./cpu-profile.ts'); // for who asks only: a start has no use for it
    return fromCpuProfile(profile, hz, startedAt);
  }

  /**
   * What is alive of all that was allocated since the start of the service; or, with `ms`, of what is allocated from now on for
   * so long. Only where the heap is recorded from the start.
   */
  async standingHeap(ms: number | undefined, gc: boolean, signal: AbortSignal): Promise<Profile> {
    if (this.#standing === undefined) throw new Error('the heap is not recorded from the start');
    const { session, startedAt } = this.#standing;
    const window: HeapWindow = { kind: 'heap', everyBytes: EVERY_BYTES.standing, startedAt, comments: [] };
    if (ms === undefined) return toHeapProfile(await readHeap(session, gc), window);
    const { samples } = await readHeap(session, false);
    const after = samples.reduce((most, { ordinal }) => Math.max(most, ordinal), -1);
    const from = new Date();
    await elapsed(ms, signal);
    return toHeapProfile(await readHeap(session, gc), { ...window, startedAt: from, after });
  }

  /** Records for so long, or until `signal` aborts. @throws Busy, also where the heap is recorded from the start; Unavailable */
  async heap(kind: HeapKind, ms: number, gc: boolean, signal: AbortSignal): Promise<Profile> {
    const free = take('heap', this.isStanding ? 'the heap' : 'a heap profile');
    const startedAt = new Date();
    let sampled: SampledHeap;
    try {
      sampled = await withSession(async (session) => {
        await startSampling(session, kind, EVERY_BYTES[kind]);
        await elapsed(ms, signal);
        const found = await readHeap(session, gc);
        await session.post('HeapProfiler.stopSampling');
        return found;
      });
    } finally {
      free();
    }
    const comments = kind === 'heap' ? [HEAP_WINDOW] : [];
    return toHeapProfile(sampled, { kind, everyBytes: EVERY_BYTES[kind], startedAt, comments });
  }
}

const HEAP_WINDOW =
  'Of what was allocated while this was recorded; option management.heapProfiling records from the start and tells of all that is alive';

/** @returns what gives the recorder back */
function take(recorder: 'cpu' | 'heap', what: string): () => void {
  const since = running.get(recorder);
  if (since !== undefined)
    throw new Busy(`${what} has been recorded since ${since.toISOString()}: one at a time, try again when it is over`);
  running.set(recorder, new Date());
  return () => void running.delete(recorder);
}

/** @throws Busy where a stranger samples: V8 would silently ignore our start, and our stop would end what is not ours. */
async function startSampling(session: Session, kind: HeapKind, samplingInterval: number): Promise<void> {
  const isSampling = await session.post('HeapProfiler.getSamplingProfile').then(
    () => true,
    () => false, // V8 answers with an error where nothing is sampled, and only there
  );
  if (isSampling) throw new Busy(STRANGER);
  const all = kind === 'allocs';
  // The flags for what is gone already are newer than the types know.
  const options: HeapProfiler.StartSamplingParameterType & Record<string, unknown> = {
    samplingInterval,
    includeObjectsCollectedByMajorGC: all,
    includeObjectsCollectedByMinorGC: all,
  };
  await session.post('HeapProfiler.startSampling', options);
}

/** @param gc - Collects what is garbage before: the loop stands still for as long as that takes. */
async function readHeap(session: Session, gc: boolean): Promise<SampledHeap> {
  if (gc) await session.post('HeapProfiler.collectGarbage');
  const { profile } = await session.post('HeapProfiler.getSamplingProfile');
  return profile as SampledHeap;
}

async function toHeapProfile(sampled: SampledHeap, window: HeapWindow): Promise<Profile> {
  const { fromHeapProfile } = await import('./heap-profile.ts');
  return fromHeapProfile(sampled, window);
}

/** Loaded only for a profile: the inspector costs several milliseconds, and some builds of Node have none. @throws Unavailable */
async function connect(): Promise<Session> {
  try {
    const inspector = await import('node:inspector/promises');
    const session = new inspector.Session();
    session.connect();
    return session;
  } catch (error) {
    throw new Unavailable(`this Node can't record profiles: ${describe(error)}`, { cause: error });
  }
}

async function withSession<T>(fn: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect();
  try {
    return await fn(session);
  } finally {
    session.disconnect();
  }
}

function elapsed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(over, ms);
    const unlisten = onAbort(signal, over);
    function over(): void {
      clearTimeout(timer);
      queueMicrotask(() => unlisten());
      resolve();
    }
  });
}
