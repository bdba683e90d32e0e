/**
 * A signal that aborts after so long, or when `stop` does; `clear` when the work is done. The timer is our own: on Node 20
 * `AbortSignal.any` keeps no hold on the signal of `AbortSignal.timeout`, and once that has been collected, nothing aborts.
 *
 * @param options - `holdsProcess`: somebody waits for the end, which has to come although nothing else is going on.
 */
export function timeLimit(
  ms: number,
  stop: AbortSignal | undefined,
  options: { readonly holdsProcess?: boolean } = {},
): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const stopped = (): void => controller.abort(stop?.reason);
  const timer = setTimeout(() => controller.abort(new Error('there was no answer')), ms);
  if (options.holdsProcess !== true) timer.unref();
  if (stop?.aborted === true) stopped();
  else stop?.addEventListener('abort', stopped);
  return {
    signal: controller.signal,
    clear(): void {
      clearTimeout(timer);
      stop?.removeEventListener('abort', stopped);
    },
  };
}
