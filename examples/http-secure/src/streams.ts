import { setTimeout as sleep } from 'node:timers/promises';

/** A line for each number, some hundreds at a time, no faster than the client takes them. */
export async function* numbers(count: number): AsyncGenerator<string> {
  for (let next = 1; next <= count; next += 500) {
    const lines = Array.from({ length: Math.min(500, count - next + 1) }, (_, i) => `${next + i}\n`);
    yield lines.join('');
  }
}

/** An event a second. Who comes again gets those behind the last that it has seen. */
export async function* clock({ lastEventId, signal }: { lastEventId?: string | undefined; signal: AbortSignal }) {
  for (let tick = Number(lastEventId ?? 0) + 1; !signal.aborted; tick++) {
    yield { id: String(tick), event: 'tick', data: { tick } };
    await sleep(1000, undefined, { signal });
  }
}
