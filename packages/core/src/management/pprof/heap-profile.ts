import type { HeapProfiler } from 'node:inspector';
import { type CodeFrame, Frames } from './frames.ts';
import type { Profile, Sample } from './profile.ts';

/** Whose bytes: of objects that are still there, or of all that were made. */
export type HeapKind = 'heap' | 'allocs';

const TYPES = { heap: 'inuse', allocs: 'alloc' } as const;

interface Sum {
  objects: number;
  bytes: number;
}

/** Of V8, with what its types do not know yet. */
export interface SampledHeap {
  head: SampledNode;
  samples: readonly { nodeId: number; size: number; ordinal: number }[];
}

type SampledNode = Omit<HeapProfiler.SamplingHeapProfileNode, 'children'> & { id: number; children: SampledNode[] };

/** What was recorded, and how. */
export interface HeapWindow {
  kind: HeapKind;
  /** Bytes from one sample to the next, on average. */
  everyBytes: number;
  startedAt: Date;
  /** Samples up to this ordinal are from before. @default all count */
  after?: number;
  comments: readonly string[];
}

/**
 * Makes a profile out of V8's: which stacks made how many objects, and bytes. V8 has scaled each sample up to what it stands for
 * already, and tells the product of size and count only: bytes are its own, objects are worked out from that and an estimate.
 */
export async function fromHeapProfile(v8: SampledHeap, window: HeapWindow): Promise<Profile> {
  const { kind, everyBytes, startedAt, after = -1, comments } = window;
  const durationMs = Date.now() - startedAt.getTime();
  const sums = new Map<number, Sum>();
  const objectsOf = objectCounter(everyBytes);
  for (const { nodeId, size, ordinal } of v8.samples) {
    if (ordinal <= after) continue;
    let sum = sums.get(nodeId);
    if (sum === undefined) sums.set(nodeId, (sum = { objects: 0, bytes: 0 }));
    sum.objects += objectsOf(size);
    sum.bytes += size;
  }
  const stacks = stacksOf(v8.head, sums);
  const frames = new Frames();
  await frames.load(stacks.flatMap(({ stack }) => stack));
  const samples: Sample[] = stacks.map(({ stack, sum }) => ({
    stack: stack.map((frame) => frames.of(frame)),
    values: [sum.objects, sum.bytes],
  }));
  const type = TYPES[kind];
  return {
    types: [
      { type: `${type}_objects`, unit: 'count' },
      { type: `${type}_space`, unit: 'bytes' },
    ],
    shown: `${type}_space`,
    samples,
    period: { type: 'space', unit: 'bytes', every: everyBytes },
    startedAt,
    durationMs,
    comments,
  };
}

/** Walks without recursion: a stack of a program may be deeper than what is left of ours. */
function stacksOf(head: SampledNode, sums: ReadonlyMap<number, Sum>): { stack: CodeFrame[]; sum: Sum }[] {
  interface Visit {
    node: SampledNode;
    parent: Visit | undefined;
  }
  const stacks: { stack: CodeFrame[]; sum: Sum }[] = [];
  const visits: Visit[] = head.children.map((node) => ({ node, parent: undefined }));
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    for (const node of visit.node.children) visits.push({ node, parent: visit });
    const sum = sums.get(visit.node.id);
    if (sum === undefined) continue;
    const stack: CodeFrame[] = [];
    for (let at: Visit | undefined = visit; at !== undefined; at = at.parent) stack.push({ callFrame: at.node.callFrame, line: undefined });
    stacks.push({ stack, sum });
  }
  const atRoot = sums.get(head.id);
  if (atRoot !== undefined)
    stacks.push({ stack: [{ callFrame: { ...head.callFrame, functionName: '(no stack)' }, line: undefined }], sum: atRoot });
  return stacks;
}

/** Objects are made of words, and none is smaller than this: a header, a length, some content. */
const WORD = 8;
const SMALLEST = 24;

/**
 * How many objects a sample stands for. V8 takes an object of `s` bytes with the probability `1 - e^(-s/every)`, lets it stand
 * for `c`, the inverse of that rounded, and tells `s * c`. More than one pair can be behind a product; small objects are the
 * most common.
 */
function objectCounter(everyBytes: number): (product: number) => number {
  const known = new Map<number, number>();
  return (product) => {
    let count = known.get(product);
    if (count === undefined) known.set(product, (count = countOf(product, everyBytes)));
    return count;
  };
}

function countOf(product: number, everyBytes: number): number {
  const words = Math.round(product / WORD);
  const divisors: number[] = [];
  for (let low = 1; low * low <= words; low++) if (words % low === 0) divisors.push(low, words / low);
  const sizes = divisors.map((divisor) => divisor * WORD).filter((size) => size >= SMALLEST);
  const fitting = sizes.filter((size) => Math.round(1 / (1 - Math.exp(-size / everyBytes))) === product / size);
  return fitting.length === 0 ? 1 : product / Math.min(...fitting);
}
