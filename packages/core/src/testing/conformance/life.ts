import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { correlationId } from '@patron/trace';
import type { Message } from '../../async/message.ts';
import type { Component } from '../../component.ts';
import { later, Running } from '../running.ts';
import type { Promised } from './harness.ts';
import { numbered, numberOf, sorted, upTo } from './messages.ts';

/** From the first message to the last. */
export const life: readonly Promised[] = [
  {
    title: 'every message reaches a handler once, and none comes again to the consumer after it',
    test: async (place) => {
      await place.send(numbered(200));
      const seen: number[] = [];
      const first = new Running(place.consumer({ handle: (message) => void seen.push(numberOf(message)) }));
      await first.until(() => seen.length >= 200);
      await first.stop();
      deepStrictEqual(sorted(seen), upTo(200));
      await place.send([{ body: Buffer.from('{"i":200}'), key: 'key-0' }]);
      const second = new Running(place.consumer({ handle: (message) => void seen.push(numberOf(message)) }));
      await second.until(() => seen.includes(200));
      await second.stop();
      deepStrictEqual(sorted(seen), upTo(201));
    },
  },
  {
    title: 'a stop waits for the handlers that run; what they have done does not come again',
    test: async (place) => {
      await place.send(numbered(30, 30));
      const begun: number[] = [];
      const ended: number[] = [];
      const handle = async (message: Message): Promise<void> => {
        begun.push(numberOf(message));
        await later(100);
        ended.push(numberOf(message));
      };
      const first = new Running(place.consumer({ concurrency: 4, handle }));
      await first.until(() => begun.length > 0);
      await first.stop();
      deepStrictEqual(sorted(ended), sorted(begun));
      ok(ended.length < 30, 'it went on to the end');
      const second = new Running(place.consumer({ concurrency: 30, handle }));
      await second.until(() => ended.length >= 30);
      await second.stop();
      deepStrictEqual(sorted(ended), upTo(30));
    },
  },
  {
    title: 'a handler that does not end in time for the stop is told by its signal, and its message comes again',
    test: async (place) => {
      await place.send(numbered(1));
      const reasons: unknown[] = [];
      let begun = 0;
      const first = new Running(
        place.consumer({
          handle: async ({ signal }) => {
            begun++;
            await new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
          },
        }),
      );
      await first.until(() => begun === 1);
      await first.stop(50);
      const second = new Running(place.consumer({ handle: (message) => void reasons.push(numberOf(message)) }));
      await second.until(() => reasons.length > 0);
      await second.stop();
      deepStrictEqual(reasons, [0]);
    },
  },
  {
    title: 'the correlation id of the sender is the handler’s; one that is not allowed is replaced',
    test: async (place) => {
      const headers = { 'X-Correlation-Id': 'order-4711' };
      await place.send([
        { body: Buffer.from('{"i":0}'), key: 'key-0', headers },
        { body: Buffer.from('{"i":1}'), key: 'key-1', headers: { 'x-correlation-id': 'bad id!' } },
      ]);
      const ids = new Map<number, string>();
      const running = new Running(
        place.consumer({
          handle: async (message) => {
            await later(1);
            ids.set(numberOf(message), correlationId() ?? '');
          },
        }),
      );
      await running.until(() => ids.size === 2);
      await running.stop();
      strictEqual(ids.get(0), 'order-4711');
      match(ids.get(1) ?? '', /^[0-9a-f-]{36}$/);
    },
  },
  {
    title: 'a consumer is not ready before it is connected, ready while it makes progress, and says why not',
    test: async (place) => {
      const component = place.consumer({ handle: () => undefined });
      deepStrictEqual(component.ready?.(), { ready: false, reason: 'not connected yet' });
      const running = new Running(component);
      await running.until(() => isReady(component));
      await running.stop();
      strictEqual(isReady(component), false);
    },
  },
];

function isReady(component: Component): boolean {
  const readiness = component.ready?.() ?? true;
  return typeof readiness === 'boolean' ? readiness : readiness.ready;
}
