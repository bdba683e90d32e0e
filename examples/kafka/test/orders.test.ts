import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type EmbeddedKafka, startKafka } from '@patron/testing';
import { type Program, startProgram } from '../../http/src/demo/program.ts';
import { RawKafka } from '../../../packages/kafka/test/support/raw-kafka.ts';

jest.setTimeout(30_000);

let cluster: EmbeddedKafka;
let service: Program;
/** Somebody else's client: nothing of patron is in it. */
let others: RawKafka;

beforeAll(async () => {
  cluster = await startKafka();
  others = await RawKafka.connect(cluster.brokers);
  await others.createTopic('orders', undefined); // in this cluster by asking for it
  await others.send('orders', [{ key: 'old', value: '{"customer":"old","item":"salt","amount":1}' }]);
  service = await startProgram(fileURLToPath(new URL('../dist/main.js', import.meta.url)), { KAFKA_BROKERS: cluster.brokers });
});
afterAll(async () => {
  service?.kill();
  await service?.exited;
  await others?.close();
  await cluster?.close();
});

const order = (customer: string, item: string, amount: number, id: string) =>
  service.post('/orders', { customer, item, amount }, { 'x-correlation-id': id });
const billed = async (customer: string) => (await (await service.get(`/customers/${customer}`, {})).json()) as unknown;

test('what was written before it started is billed', async () => {
  await service.line('billed', 'salt');
  expect(await billed('old')).toEqual({ customer: 'old', billed: 1 });
});

test('an order is answered with the place of its record, and billed under the correlation id of its request', async () => {
  const answer = await order('ada', 'tea', 2, 'order-1');
  expect([answer.status, await answer.json()]).toEqual([202, { id: expect.stringMatching(/^orders\/\d\/\d$/) }]);
  expect(await service.line('billed', 'tea')).toMatchObject({ correlationID: 'order-1' });
  expect(await billed('ada')).toEqual({ customer: 'ada', billed: 2 });
});

test('what is no order is answered with 400, and no record is sent', async () => {
  const answer = await order('ada', 'tea', 0, 'order-2');
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('amount')]);
});

test('what can’t be billed is tried three times and is in the dead letters then; others are billed meanwhile', async () => {
  await order('bob', 'gold', 1, 'order-3');
  await order('eve', 'milk', 3, 'order-4');
  await service.line('billed', 'milk');
  expect(await service.line('message failed for good, sent to the dead letters')).toMatchObject({ correlationID: 'order-3', attempt: 3 });
});

test('records that others write are checked as well: the dead letter has their bytes, and says why', async () => {
  await others.send('orders', [{ key: 'ada', value: 'two teas', headers: { 'X-Correlation-Id': 'order-5' } }]);
  await order('ada', 'bread', 1, 'order-6');
  await service.line('billed', 'bread'); // of the same key, behind it
  expect(service.linesOf('order-5').map(({ msg }) => msg)).toEqual(['message failed for good, sent to the dead letters']);
  const letters = await deadLetters(2);
  expect(letters.map(({ value, headers }) => [value, headers['x-dead-letter-attempts'], headers['x-dead-letter-error-message']])).toEqual([
    ['{"customer":"bob","item":"gold","amount":1}', '3', 'nobody can send gold by mail'],
    ['two teas', '1', expect.stringContaining('JSON')],
  ]);
});

test('at SIGTERM it ends with 0, and what it has billed is committed', async () => {
  service.stop();
  const { code } = await service.exited;
  expect(code).toBe(0);
  const committed = (await others.committed('orders', 'billing')).reduce<number>((sum, offset) => sum + Math.max(0, offset ?? 0), 0);
  expect(committed).toBe((await others.read('orders', 1)).length);
});

/** So many dead letters, in the order in which they were given up. */
async function deadLetters(count: number): Promise<{ value: string; headers: Record<string, string> }[]> {
  const records = await others.read('orders.dead', count);
  const letters = records.map(({ value, headers = [] }) => ({
    value: String(value),
    headers: Object.fromEntries(headers.flatMap((header) => Object.entries(header).map(([name, text]) => [name, String(text)]))),
  }));
  return letters.sort((a, b) => (a.headers['x-dead-letter-at'] ?? '').localeCompare(b.headers['x-dead-letter-at'] ?? ''));
}
