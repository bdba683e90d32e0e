import { describeThrow, isError } from '../fields.ts';
import { LIMITS } from './limits.ts';
import { escapeControls } from './quote.ts';

/** A stack's frames. An error's message stands in the stack, too, and could pretend anything; it can't be a frame's shape. */
const FRAME = /^ +at \S/;

/** An error as one value: name, message and code. */
export function errorHead(error: Error): string {
  const code = read(() => (error as NodeJS.ErrnoException).code);
  return `${read(() => error.name)}: ${read(() => error.message)}${code === 'undefined' ? '' : ` (${code})`}`;
}

/** What follows on lines of their own, each indented so that none can pass for a log line: frames, then causes and parts. */
export function errorTail(error: Error, depth = 1): string {
  let text = frames(error);
  if (depth >= LIMITS.depth) return text;
  const parts = attempt(() => (error as AggregateError).errors) as unknown;
  const related: [string, unknown][] = [['caused by', attempt(() => error.cause)]];
  if (Array.isArray(parts)) related.push(...parts.slice(0, LIMITS.depth).map((part): [string, unknown] => ['one of', part]));
  for (const [relation, other] of related) {
    if (isError(other)) text += `\n    ${relation} ${escapeControls(errorHead(other))}${errorTail(other, depth + 1)}`;
  }
  return text;
}

function frames(error: Error): string {
  const lines = read(() => error.stack).split('\n');
  return lines
    .filter((line) => FRAME.test(line))
    .slice(0, 50)
    .map((line) => `\n        ${escapeControls(line.trim())}`)
    .join('');
}

function attempt(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function read(get: () => unknown): string {
  try {
    return String(get());
  } catch (thrown) {
    return describeThrow(thrown);
  }
}
