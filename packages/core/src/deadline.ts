/** How long who was told to give up may take to do so, before it is left behind. */
export const GRACE_MS = 500;

/** Calls `fn` when the signal aborts, or at once where it has. @returns what stops listening: a caller's signal may outlive us */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  if (signal.aborted) fn();
  else signal.addEventListener('abort', fn, { once: true });
  return () => signal.removeEventListener('abort', fn);
}

/** Whether `work` settles, either way, before the signal aborts. */
export function settlesBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settled = (): void => {
      unlisten();
      resolve(true);
    };
    work.then(settled, settled);
    // A turn of the loop later: what has settled already counts as in time, also where the signal has aborted already.
    const unlisten = onAbort(signal, () => setImmediate(resolve, false));
  });
}

/** Whether `work` settles, either way, within so many milliseconds. */
export function settlesWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(settled, settled);
  });
}
