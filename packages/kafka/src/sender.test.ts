import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { KafkaProducer } from './producer.ts';

const TIMEOUT_MS = 300;

test('a promise settles soon after its timeout also where other work keeps the event loop busy', async () => {
  const producer = new KafkaProducer({ brokers: '127.0.0.1:1', timeoutMs: TIMEOUT_MS });
  const begun = performance.now();
  let ms: number | undefined;
  const sent = producer.send({ topic: 'orders', value: 1 }).catch((error: unknown) => {
    ms = performance.now() - begun;
    return error;
  });
  while (ms === undefined && performance.now() - begun < 5000) {
    const until = performance.now() + 30;
    while (performance.now() < until); // somebody computes
    await turn();
  }
  expect(await sent).toMatchObject({ code: 'PATRON_KAFKA_SEND_TIMEOUT' });
  expect(ms).toBeGreaterThanOrEqual(TIMEOUT_MS);
  expect(ms).toBeLessThan(TIMEOUT_MS + 600);
  await producer.close();
});
