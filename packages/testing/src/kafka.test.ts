import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { consume, partitionsOf, produce } from '../test/clients.ts';
import { type EmbeddedKafka, type EmbeddedKafkaOptions, startKafka } from './kafka.ts';

const started: EmbeddedKafka[] = [];
const start = async (options?: EmbeddedKafkaOptions) => {
  const one = await startKafka(options);
  started.push(one);
  return one;
};
afterEach(async () => {
  for (const one of started.splice(0)) await one.close();
});

test('a group gets what was produced, each key in its order, with its headers', async () => {
  const { brokers } = await start();
  const sent = Array.from({ length: 50 }, (_, index) => ({
    key: `key-${index % 3}`,
    value: `${index}`,
    headers: [{ 'x-index': `${index}` }],
  }));
  await produce(brokers, 'orders', sent);
  const received = await consume(brokers, { topic: 'orders', group: 'billing', count: sent.length });
  for (const key of ['key-0', 'key-1', 'key-2']) {
    const wanted = sent.filter((one) => one.key === key).map(({ value }) => value);
    expect(received.filter((one) => String(one.key) === key).map(({ value }) => String(value))).toEqual(wanted);
  }
  expect(received.map(({ headers }) => Object.values(headers?.[0] ?? {}).map(String))).toEqual(
    received.map(({ value }) => [String(value)]),
  );
});

test('a group goes on where it has committed', async () => {
  const { brokers } = await start();
  await produce(brokers, 'orders', [{ key: 'a', value: 'first' }]);
  await consume(brokers, { topic: 'orders', group: 'billing', count: 1 });
  await produce(brokers, 'orders', [{ key: 'a', value: 'second' }]);
  const received = await consume(brokers, { topic: 'orders', group: 'billing', count: 1 });
  expect(received.map(({ value }) => String(value))).toEqual(['second']);
});

test('a topic comes into being by being used, with 4 partitions', async () => {
  const { brokers } = await start();
  await produce(brokers, 'orders', [{ key: 'a', value: '1' }]);
  expect(await partitionsOf(brokers, 'orders')).toBe(4);
});

test('each of its brokers listens on a loopback port, and none does after close()', async () => {
  const cluster = await start({ nodes: 3 });
  const addresses = cluster.brokers.split(',');
  expect(addresses).toHaveLength(3);
  for (const address of addresses) {
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await accepts(address)).toBe(true);
  }
  await cluster.close();
  for (const address of addresses) expect(await accepts(address)).toBe(false);
  await cluster.close();
});

test('two clusters know nothing of each other', async () => {
  const [one, other] = [await start(), await start()];
  await produce(one.brokers, 'orders', [{ key: 'a', value: 'one' }]);
  await produce(other.brokers, 'orders', [{ key: 'a', value: 'other' }]);
  const received = await consume(other.brokers, { topic: 'orders', group: 'billing', count: 1 });
  expect(received.map(({ value }) => String(value))).toEqual(['other']);
});

describe('a number of brokers that makes no cluster is refused', () => {
  test.each([0, 1.5, 10, Number.NaN])('%s', async (nodes) => {
    await expect(startKafka({ nodes })).rejects.toMatchObject({
      code: 'PATRON_TESTING_OPTION',
      message: expect.stringContaining('from 1 to 9'),
    });
  });
});

async function accepts(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
