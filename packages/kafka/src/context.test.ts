import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { withCorrelationId } from '@patron/trace';
import { KafkaProducer } from './index.ts';

const log = memoryLog();
beforeAll(() => setup(log));

test('that no broker answers is told of the producer, not of the request that happened to send first', async () => {
  const producer = new KafkaProducer({ brokers: '127.0.0.1:9', timeoutMs: 300 });
  await expect(withCorrelationId('order-4711', () => producer.send({ topic: 'orders', value: 1 }))).rejects.toMatchObject({
    code: 'PATRON_KAFKA_SEND_TIMEOUT',
  });
  const warned = () => log.find({ level: 'warn', message: /no broker answers/ });
  while (warned() === undefined) await sleep(10);
  await producer.close();
  const line = warned();
  expect(line?.fields['producer']).toBeDefined();
  expect(line?.fields).not.toHaveProperty('correlationID');
});
