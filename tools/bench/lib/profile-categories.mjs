/** @typedef {import('./cpu-profile.mjs').Frame} Frame */

/** @type {readonly (readonly [category: string, file: RegExp])[]} the first that fits counts */
const nodeFiles = [
  ['AsyncLocalStorage', /^node:(async_hooks|internal\/(async_hooks|async_context_frame|async_local_storage)\b)/],
  ['node:http', /^node:(_http_|http\b|https\b|internal\/http)/],
  ['node:net, streams', /^node:(net\b|stream\b|_stream|internal\/(streams|stream_base_commons|net)\b)/],
  ['timers, ticks, promises', /^node:(timers\b|internal\/(timers|process\/(task_queues|promises)|promise_hooks)\b)/],
];

/**
 * Whose work a frame is: Node's by part, ours by package, others' by package, the garbage collector's.
 * @param {Frame} frame
 */
export function categoryOf({ name, file }) {
  if (name === '(garbage collector)') return 'garbage collector';
  // Time without JavaScript on the stack: the event loop's system calls, most of all.
  if (file === '(vm)') return 'program, system calls';
  if (file === '(native)') return 'native functions';
  if (file.startsWith('node:')) return nodeFiles.find(([, pattern]) => pattern.test(file))?.[0] ?? 'node, the rest';
  const path = file.replaceAll('\\', '/');
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
  if (installed) return installed;
  const ours = /\/packages\/([^/]+)\/(?:dist|src)\//.exec(path)?.[1];
  return ours ? `@patron/${ours}` : "the service's own code";
}
