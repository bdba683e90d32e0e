/** Who waits on one signal, behind one listener. */
interface Waiting {
  readonly fns: Set<() => void>;
  readonly stop: () => void;
}

const bySignal = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `fn` when the signal aborts. However many wait on one signal, there is one listener: a signal for a hundred calls is
 * nothing unusual, and Node warns of a leak from the eleventh on.
 *
 * @returns what stops waiting; behind the last one no listener stays on a signal that may outlive us.
 */
export function onAbort(signal: AbortSignal, fn: () => void): () => void {
  const { fns, stop } = bySignal.get(signal) ?? listen(signal);
  fns.add(fn);
  return () => {
    if (fns.delete(fn) && fns.size === 0) stop();
  };
}

function listen(signal: AbortSignal): Waiting {
  const fns = new Set<() => void>();
  const onAborted = (): void => {
    bySignal.delete(signal);
    for (const fn of fns) fn();
  };
  const stop = (): void => {
    bySignal.delete(signal);
    signal.removeEventListener('abort', onAborted);
  };
  const waiting = { fns, stop };
  bySignal.set(signal, waiting);
  signal.addEventListener('abort', onAborted, { once: true });
  return waiting;
}
