import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { constantBackoff } from '@patron/reliability';
import { later, Running } from '../running.ts';
import type { Promised } from './harness.ts';
import { numbered, numberOf, upTo } from './messages.ts';

/** Which messages wait for which. */
export const order: readonly Promised[] = [
  {
    title: 'messages of one key keep their order, also while one of them is tried again, and the others go on',
    needs: ({ order }) => order !== 'none',
    test: async (place) => {
      await place.send(numbered(100, 4));
      const seen = new Map<number, number[]>();
      let failures = 0;
      let count = 0;
      const running = new Running(
        place.consumer({
          failure: { attempts: 5, backoff: constantBackoff(20), exhausted: 'exit' },
          handle: async (message) => {
            const i = numberOf(message);
            await later(Math.random() * 2);
            if (i % 9 === 0 && message.attempt < 3) {
              failures++;
              throw new Error('not now');
            }
            const key = i % 4;
            seen.set(key, [...(seen.get(key) ?? []), i]);
            count++;
          },
        }),
      );
      await running.until(() => count >= 100);
      await running.stop();
      strictEqual(failures, 24);
      for (const [key, numbers] of seen)
        deepStrictEqual(
          numbers,
          upTo(100).filter((i) => i % 4 === key),
        );
    },
  },
  {
    title: 'never more handlers run than concurrency allows, and as many do',
    test: async (place, { order }) => {
      await place.send(numbered(60, 60));
      let running = 0;
      let most = 0;
      let done = 0;
      const consumer = new Running(
        place.consumer({
          concurrency: 7,
          handle: async () => {
            most = Math.max(most, ++running);
            await later(5);
            running--;
            done++;
          },
        }),
      );
      await consumer.until(() => done >= 60);
      await consumer.stop();
      if (order === 'partition') ok(most <= 7, String(most));
      else strictEqual(most, 7);
    },
  },
];
