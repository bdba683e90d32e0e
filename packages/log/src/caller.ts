type Callable = (...args: never[]) => unknown;

/**
 * Where one of `entries` was called from, as `dir/file:line`; undefined where the stack doesn't tell. V8 leaves out all
 * frames above a function it is given, so this needs no list of our own files and works in a bundle, too.
 */
export function callerOf(...entries: readonly Callable[]): string | undefined {
  for (const entry of entries) {
    const frame = frameAbove(entry);
    if (frame !== undefined) return shorten(frame);
  }
  return undefined;
}

function frameAbove(entry: Callable): string | undefined {
  const holder: { stack?: unknown } = {};
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 1; // one frame is all we need, and most of the price
    Error.captureStackTrace(holder, entry);
    return typeof holder.stack === 'string' ? holder.stack.split('\n')[1] : undefined;
  } catch {
    return undefined; // under --frozen-intrinsics, or with a prepareStackTrace that throws
  } finally {
    restoreLimit(limit);
  }
}

function restoreLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // It could not be changed either.
  }
}

function shorten(frame: string): string | undefined {
  const match = /([^\s()]+?):(\d+):\d+\)?$/.exec(frame);
  return match === null ? undefined : `${match[1]?.split(/[/\\]/).slice(-2).join('/')}:${match[2]}`;
}
