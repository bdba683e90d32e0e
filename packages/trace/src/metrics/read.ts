/** How long a metric may take to be read, before the scrape goes on without it: scrapers wait for ten seconds as a rule. */
const READ_MS = 2000;

/**
 * A way to read something that others count, bounded in time. Who comes while it is being read joins: what hangs is not begun
 * once more at every scrape. @internal
 */
export function reader<T>(read: () => T | Promise<T>, limitMs: number = READ_MS): () => T | Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    if (pending === undefined) {
      const answer = read();
      if (!(typeof answer === 'object' && answer !== null && 'then' in answer)) return answer;
      pending = answer.finally(() => (pending = undefined));
    }
    return within(limitMs, pending);
  };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it was not read within ${ms} ms`)), ms).unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
