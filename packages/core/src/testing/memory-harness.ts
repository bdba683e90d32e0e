import { setTimeout as sleep } from 'node:timers/promises';
import { AsyncConsumer } from '../async/consumer.ts';
import { resolveConsumer } from '../async/options.ts';
import type { Harness } from './conformance.ts';
import { MemoryBroker } from './memory-broker.ts';

/** The conformance suite's harness for {@link MemoryBroker}, and a pattern for others. */
export function memoryHarness(): Harness {
  return {
    features: { order: 'key', nack: true, tombstones: true },
    async place() {
      const broker = new MemoryBroker();
      return {
        deadLetter: 'dead',
        send: async (messages) => {
          for (const message of messages) broker.publish('messages', message);
        },
        consumer(wanted) {
          const options = { name: 'consumer', ...wanted };
          const consumer = new AsyncConsumer(broker.transport(['messages']), resolveConsumer('the consumer', options, []));
          return { name: 'consumer', run: (context) => consumer.run(context), ready: () => consumer.ready(), info: () => consumer.info() };
        },
        async deadLetters(count) {
          while (broker.waiting('dead').length < count) await sleep(2);
          return broker.waiting('dead');
        },
        failDeadLetters: (count) => broker.failDeadLetters(count),
        close: async () => undefined,
      };
    },
  };
}
