import type { Profiler } from 'node:inspector';
import { type CodeFrame, Frames } from './frames.ts';
import type { Profile, Sample } from './profile.ts';

/** What is no work: time in which the loop waited. */
const IDLE = '(idle)';

interface Own {
  count: number;
  microseconds: number;
}

/**
 * Makes a profile out of V8's: which stacks ran for how long. A sample stands for the time until the next one. Waiting is
 * left out; the garbage collector and native code without a JavaScript frame of its own (`(program)`) are functions like others.
 */
export async function fromCpuProfile(v8: Profiler.Profile, hz: number, startedAt: Date): Promise<Profile> {
  const parents = new Map<number, Profiler.ProfileNode>();
  for (const node of v8.nodes) for (const child of node.children ?? []) parents.set(child, node);
  const own = ownTimes(v8);
  const busy = v8.nodes.filter((node) => own.has(node.id) && node.callFrame.functionName !== IDLE);
  const stacks = busy.flatMap((node) => stacksOf(node, own.get(node.id) as Own, parents));
  const frames = new Frames();
  await frames.load(stacks.flatMap(({ stack }) => stack));
  const samples: Sample[] = stacks.map(({ stack, values }) => ({ stack: stack.map((frame) => frames.of(frame)), values }));
  return {
    types: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    shown: 'cpu',
    samples,
    period: { type: 'cpu', unit: 'nanoseconds', every: Math.round(1e9 / hz) },
    startedAt,
    durationMs: (v8.endTime - v8.startTime) / 1000,
    comments: [],
  };
}

function ownTimes({ samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile): Map<number, Own> {
  const own = new Map<number, Own>();
  let now = startTime;
  samples.forEach((id, i) => {
    now += timeDeltas[i] ?? 0;
    const until = timeDeltas[i + 1] ?? endTime - now;
    let sum = own.get(id);
    if (sum === undefined) own.set(id, (sum = { count: 0, microseconds: 0 }));
    sum.count++;
    sum.microseconds += Math.max(0, until); // V8 has been seen to mix up the order of samples
  });
  return own;
}

/** One stack per line of the innermost function, as far as V8 tells lines: that is what `pprof -list` shows. */
function stacksOf(
  node: Profiler.ProfileNode,
  own: Own,
  parents: ReadonlyMap<number, Profiler.ProfileNode>,
): { stack: CodeFrame[]; values: number[] }[] {
  const callers: CodeFrame[] = [];
  // The last one has no parent: it is the root, and no function.
  for (let at = parents.get(node.id); at !== undefined; at = parents.get(at.id)) {
    if (parents.has(at.id)) callers.push({ callFrame: at.callFrame, line: undefined });
  }
  const ticks = node.positionTicks ?? [];
  const all = ticks.reduce((sum, one) => sum + one.ticks, 0); // not always as many as there are samples
  const lines = all > 0 ? ticks : [{ line: undefined, ticks: 1 }];
  const shares = all > 0 ? all : 1;
  return lines.map(({ line, ticks: share }) => ({
    stack: [{ callFrame: node.callFrame, line }, ...callers],
    values: [Math.round((own.count * share) / shares), Math.round((own.microseconds * 1000 * share) / shares)],
  }));
}
