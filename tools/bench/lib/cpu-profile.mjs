import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A node of a .cpuprofile: a function, called from where its parent is.
 * @typedef {{ id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }} ProfileNode
 */
/** @typedef {{ nodes: ProfileNode[], samples: number[], timeDeltas: number[], startTime: number, endTime: number }} CpuProfile */

/**
 * A function with the time of its own and that of everything it calls, in microseconds.
 * @typedef {object} Frame
 * @property {string} name
 * @property {string} file `(vm)` and the like, where V8 knows no file
 * @property {number} line 0: none
 * @property {number} selfUs
 * @property {number} totalUs
 * @property {Frame[]} children the longest first
 */

/**
 * @param {string} path
 * @returns {CpuProfile}
 */
export const readProfile = (path) => JSON.parse(readFileSync(path, 'utf8'));

/**
 * The tree of calls. What V8 calls "(idle)" is left out: a server that waits for its client spends nothing.
 * @param {CpuProfile} profile
 * @returns {Frame} "(root)"
 */
export function toTree({ nodes, samples, timeDeltas }) {
  const selfUs = new Map(nodes.map(({ id }) => [id, 0]));
  // A delta is the time since the sample before: it belongs to what was running until this one.
  samples.forEach((id, index) => selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[index + 1] ?? 0)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [root] = nodes;
  if (root === undefined) throw new Error('the profile is empty');
  return frameOf(root, byId, selfUs);
}

/**
 * @param {ProfileNode} node
 * @param {Map<number, ProfileNode>} byId
 * @param {Map<number, number>} selfTimes
 * @returns {Frame}
 */
function frameOf({ id, callFrame, children = [] }, byId, selfTimes) {
  const frames = children
    .flatMap((child) => byId.get(child) ?? [])
    .filter((child) => child.callFrame.functionName !== '(idle)')
    .map((child) => frameOf(child, byId, selfTimes))
    .sort((a, b) => b.totalUs - a.totalUs);
  const selfUs = selfTimes.get(id) ?? 0;
  return {
    name: callFrame.functionName || '(anonymous)',
    file: fileOf(callFrame),
    line: callFrame.url ? callFrame.lineNumber + 1 : 0,
    selfUs,
    totalUs: frames.reduce((sum, one) => sum + one.totalUs, selfUs),
    children: frames,
  };
}

/** @param {ProfileNode['callFrame']} callFrame */
function fileOf({ functionName, url }) {
  if (url.startsWith('file:')) return fileURLToPath(url);
  // "(program)" and "(garbage collector)" are V8's own; other functions without a file are Node's in C++ and V8's builtins.
  return url || (functionName.startsWith('(') ? '(vm)' : '(native)');
}

/**
 * Every frame of the tree.
 * @param {Frame} root
 * @returns {Generator<Frame>}
 */
export function* framesOf(root) {
  yield root;
  for (const child of root.children) yield* framesOf(child);
}

/**
 * Self time by what `keyOf` says, the longest first.
 * @param {Frame} root
 * @param {(frame: Frame) => string} keyOf
 * @returns {[key: string, us: number][]}
 */
export function selfTimes(root, keyOf) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const frame of framesOf(root)) {
    if (frame.selfUs === 0) continue;
    const key = keyOf(frame);
    times.set(key, (times.get(key) ?? 0) + frame.selfUs);
  }
  return [...times].sort(([, a], [, b]) => b - a);
}
