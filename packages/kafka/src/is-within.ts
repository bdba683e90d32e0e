/** Whether `work` settles, either way, within so many milliseconds and before `deadline` aborts. */
export function isWithin(work: Promise<unknown>, ms: number, deadline?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isInTime: boolean): void => {
      clearTimeout(timer);
      deadline?.removeEventListener('abort', giveUp);
      resolve(isInTime);
    };
    const giveUp = (): void => void setImmediate(settle, false); // what has settled already counts
    const timer = setTimeout(settle, ms, false);
    work.then(
      () => settle(true),
      () => settle(true),
    );
    if (deadline?.aborted === true) giveUp();
    else deadline?.addEventListener('abort', giveUp);
  });
}
