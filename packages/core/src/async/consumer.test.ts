import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { constantBackoff } from '@patron/reliability';
import { correlationId, metrics } from '@patron/trace';
import { type ManualMessage, ManualTransport } from '../../test/support/manual-transport.ts';
import { AsyncConsumer, type ConsumerOptions, type Group, resolveConsumer } from '../async.ts';
import { Running } from '../testing.ts';

const log = memoryLog();
const running: Running[] = [];

beforeAll(() => setup(log));
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop(100).catch(() => undefined);
  log.clear();
});

type Options = Partial<ConsumerOptions<unknown, ManualMessage>> & Pick<ConsumerOptions<unknown, ManualMessage>, 'handle'>;

function run(transport: ManualTransport, options: Options): { running: Running; consumer: AsyncConsumer<ManualMessage> } {
  const consumer = new AsyncConsumer(transport, resolveConsumer('the consumer', { name: 'test', ...options }, []));
  const one = new Running({ name: 'test', run: (context) => consumer.run(context) });
  running.push(one);
  return { running: one, consumer };
}

/** Handlers that a test ends one by one. */
class Gate {
  readonly begun: string[] = [];
  readonly signals = new Map<string, AbortSignal>();
  readonly #ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();

  readonly handle = ({ id, signal }: ManualMessage): Promise<void> => {
    this.begun.push(id);
    this.signals.set(id, signal);
    return new Promise((resolve, reject) => this.#ends.set(id, { resolve, reject }));
  };

  end(...ids: number[]): void {
    for (const id of ids) this.#ends.get(String(id))?.resolve();
  }

  fail(id: number, error = new Error('failed')): void {
    this.#ends.get(String(id))?.reject(error);
  }
}

const group = (): Group => ({ begun: -1 });

describe('lanes', () => {
  test('of one lane one message is handled at a time, of others meanwhile', async () => {
    const transport = new ManualTransport();
    const gate = new Gate();
    const { running: one } = run(transport, { handle: gate.handle });
    transport.push({ lane: 'a' }, { lane: 'a' }, { lane: 'b' }, {}, {});
    await one.until(() => gate.begun.length === 4);
    expect(gate.begun).toEqual(['0', '2', '3', '4']);
    gate.end(2, 3, 4);
    gate.end(0);
    await one.until(() => gate.begun.length === 5);
    expect(gate.begun.at(-1)).toBe('1');
  });

  test('a message that waits for its next attempt holds up its own lane only, and gives its place to others', async () => {
    const transport = new ManualTransport();
    const order: string[] = [];
    const { running: one } = run(transport, {
      concurrency: 1,
      failure: { backoff: constantBackoff(100) },
      handle: ({ id, attempt }) => {
        order.push(`${id}.${attempt}`);
        if (id === '0' && attempt < 3) throw new Error('not now');
      },
    });
    transport.push({ lane: 'a' }, { lane: 'a' }, { lane: 'b' }, { lane: 'b' });
    await one.until(() => order.length === 6);
    expect(order).toEqual(['0.1', '2.1', '3.1', '0.2', '0.3', '1.1']);
  });

  test('beyond the ceiling of parked lanes a message keeps its place while it waits', async () => {
    const transport = new ManualTransport();
    const order: string[] = [];
    const { running: one } = run(transport, {
      concurrency: 2,
      maxParkedLanes: 1,
      failure: { backoff: constantBackoff(80), attempts: 2 },
      handle: ({ id, attempt }) => {
        order.push(`${id}.${attempt}`);
        if (Number(id) < 3 && attempt === 1) throw new Error('not now');
      },
    });
    transport.push({ lane: 0 }, { lane: 1 }, { lane: 2 }, { lane: 3 }, { lane: 4 });
    await one.until(() => order.length === 8);
    // 0 is parked without a place; 1 and 2 keep theirs: nothing else begins before one of the three is through.
    expect(order.slice(0, 3)).toEqual(['0.1', '1.1', '2.1']);
    expect(order.indexOf('3.1')).toBeGreaterThan(3);
  });

  test('a hundred thousand lanes that were used are not remembered', async () => {
    const transport = new ManualTransport();
    let count = 0;
    const { running: one, consumer } = run(transport, { handle: () => void count++ });
    transport.push(...Array.from({ length: 100_000 }, (_, lane) => ({ lane: `key-${lane}` })));
    await one.until(() => count === 100_000);
    expect(consumer.info()).toMatchObject({ inFlight: 0, running: 0, parked: 0 });
  });
});

test('handlers that answer at once leave the event loop its turns', async () => {
  const transport = new ManualTransport();
  let count = 0;
  const { running: one } = run(transport, {
    handle: () => {
      count++;
      const end = performance.now() + 1;
      while (performance.now() < end);
    },
  });
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  transport.push(...Array.from({ length: 500 }, () => ({})));
  await one.until(() => count === 500);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

test('no more is asked for than may be unsettled; what is parked does not count', async () => {
  const transport = new ManualTransport(3);
  const gate = new Gate();
  const { running: one } = run(transport, { concurrency: 10, handle: gate.handle, failure: { backoff: constantBackoff(60_000) } });
  for (let i = 0; i < 6; i++) transport.push({});
  await one.until(() => gate.begun.length === 3);
  await sleep(20);
  expect([gate.begun.length, transport.unasked]).toEqual([3, 3]);
  gate.fail(0);
  await one.until(() => gate.begun.length === 4);
  gate.end(1);
  await one.until(() => gate.begun.length === 5);
  await sleep(20);
  expect(transport.unasked).toBe(1);
});

describe('settlement', () => {
  test('a settlement that takes time keeps its place, and one that fails is told and costs nothing else', async () => {
    const transport = new ManualTransport();
    let resolve = (): void => undefined;
    const waits = new Promise<void>((done) => (resolve = done));
    transport.settling = (id) => (id === '0' ? waits : id === '1' ? Promise.reject(new Error('no connection')) : undefined);
    const begun: string[] = [];
    const { running: one } = run(transport, { concurrency: 1, handle: ({ id }) => void begun.push(id) });
    transport.push({}, {}, {});
    await one.until(() => transport.settled.length === 1);
    await sleep(10);
    expect(begun).toEqual(['0']);
    resolve();
    await one.until(() => transport.settled.length === 3);
    expect(transport.settled).toEqual([
      ['0', 'ack'],
      ['1', 'ack'],
      ['2', 'ack'],
    ]);
    expect(log.find({ level: 'error', message: /settlement not heard/ })?.fields['message_id']).toBe('1');
  });

  test('the attempts of one message have one correlation id, also where none came with it', async () => {
    const transport = new ManualTransport();
    const ids: (string | undefined)[] = [];
    const { running: one } = run(transport, {
      failure: { backoff: constantBackoff(1) },
      handle: ({ attempt }) => {
        ids.push(correlationId());
        if (attempt < 3) throw new Error('not now');
      },
    });
    transport.push({});
    await one.until(() => ids.length === 3);
    expect(new Set(ids).size).toBe(1);
  });

  test('an error for which retryIf says no is not tried again, nor one at which it throws itself', async () => {
    const transport = new ManualTransport();
    const attempts: string[] = [];
    const { running: one } = run(transport, {
      failure: {
        backoff: constantBackoff(1),
        exhausted: { deadLetter: 'dead' },
        retryIf: (error) => {
          const { message } = error as Error;
          if (message === '1') throw new Error('the policy is broken');
          return message !== '0';
        },
      },
      handle: ({ id, attempt }) => {
        attempts.push(`${id}.${attempt}`);
        throw new Error(id);
      },
    });
    transport.push({}, {}, {});
    await one.until(() => transport.letters.length === 3);
    expect(attempts.sort()).toEqual(['0.1', '1.1', '2.1', '2.2', '2.3']);
  });
});

describe('a group that is revoked', () => {
  test('is left where nothing has begun, finished up to what has, and resolves then', async () => {
    const transport = new ManualTransport();
    const gate = new Gate();
    const { running: one } = run(transport, { concurrency: 3, handle: gate.handle });
    const mine = group();
    // 0 and 1 are of one lane, 2 of another: 2 begins before 1, so 1 has to be done, too. 3 and 4 are left.
    transport.push(
      { group: mine, position: 0, lane: 'a' },
      { group: mine, position: 1, lane: 'a' },
      { group: mine, position: 2, lane: 'b' },
      { group: mine, position: 3, lane: 'a' },
      { group: mine, position: 4, lane: 'b' },
      { group: group(), position: 0, lane: 'other' },
    );
    await one.until(() => gate.begun.length === 3);
    let isRevoked = false;
    const revoked = transport.control?.revoke(mine, { drainMs: 5000, graceMs: 100 }).then(() => (isRevoked = true));
    expect(transport.settled).toEqual([
      ['3', 'release'],
      ['4', 'release'],
    ]);
    gate.end(2, 0);
    await one.until(() => gate.begun.includes('1'));
    expect(isRevoked).toBe(false);
    gate.end(1);
    await revoked;
    expect(transport.settled.slice(2)).toEqual([
      ['2', 'ack'],
      ['0', 'ack'],
      ['1', 'ack'],
    ]);
    expect(gate.signals.get('5')?.aborted).toBe(false);
  });

  test('aborts what is late, and what it does then settles nothing but to leave it', async () => {
    const transport = new ManualTransport();
    const gate = new Gate();
    const { running: one } = run(transport, { handle: gate.handle });
    const mine = group();
    transport.push({ group: mine, position: 0 }, { group: mine, position: 1 });
    await one.until(() => gate.begun.length === 2);
    const signal = gate.signals.get('0') as AbortSignal;
    signal.addEventListener('abort', () => gate.fail(0));
    const startedAt = performance.now();
    await transport.control?.revoke(mine, { drainMs: 50, graceMs: 100 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145); // 1 does not listen
    expect((signal.reason as { code: string }).code).toBe('PATRON_MESSAGE_LOST');
    expect(transport.settled).toEqual([['0', 'release']]);
    gate.end(1);
    await one.until(() => transport.settled.length === 2);
    expect(transport.settled[1]).toEqual(['1', 'release']);
  });

  test('does not wait for a backoff: what is parked has one more try at once, and is left if it fails', async () => {
    const transport = new ManualTransport();
    const attempts: string[] = [];
    const { running: one, consumer } = run(transport, {
      failure: { attempts: 5, backoff: constantBackoff(60_000) },
      handle: ({ id, attempt }) => {
        attempts.push(`${id}.${attempt}`);
        if (id === '0' || attempt === 1) throw new Error('not now');
      },
    });
    const mine = group();
    transport.push({ group: mine, position: 0 }, { group: mine, position: 1 });
    await one.until(() => (consumer.info()['parked'] as number) === 2);
    await transport.control?.revoke(mine, { drainMs: 5000, graceMs: 100 });
    expect(attempts).toEqual(['0.1', '1.1', '0.2', '1.2']);
    expect([...transport.settled].sort(([a], [b]) => Number(a) - Number(b))).toEqual([
      ['0', 'release'],
      ['1', 'ack'],
    ]);
  });

  test('lost without being asked, it is dropped and aborted at once', async () => {
    const transport = new ManualTransport();
    const gate = new Gate();
    const { running: one } = run(transport, { concurrency: 1, handle: gate.handle });
    const mine = group();
    transport.push({ group: mine, position: 0 }, { group: mine, position: 1 });
    await one.until(() => gate.begun.length === 1);
    transport.control?.lose(mine);
    expect(transport.settled).toEqual([['1', 'release']]);
    expect(gate.signals.get('0')?.aborted).toBe(true);
    gate.end(0);
    await one.until(() => transport.settled.length === 2);
    expect(transport.settled[1]).toEqual(['0', 'release']);
  });
});

describe('a consumer that breaks', () => {
  const restart = { attempts: 2, windowMs: 60_000, backoff: constantBackoff(1) };

  test('is opened again after what it has begun has ended, and goes on', async () => {
    const transport = new ManualTransport();
    const gate = new Gate();
    const { running: one, consumer } = run(transport, { handle: gate.handle, restart });
    transport.push({});
    await one.until(() => gate.begun.length === 1);
    transport.break(new Error('connection reset'));
    await sleep(20);
    expect(transport.opens).toBe(1);
    gate.end(0);
    await one.until(() => transport.opens === 2);
    transport.push({});
    await one.until(() => gate.begun.length === 2);
    expect(consumer.info()['restarts']).toBe(1);
    expect(log.find({ level: 'warn', message: /consumer broke/ })).toBeDefined();
  });

  test('too often within its window, ends with the last cause', async () => {
    const transport = new ManualTransport();
    transport.opening = () => Promise.reject(new Error(`no broker (${transport.opens})`));
    const { running: one } = run(transport, { handle: () => undefined, restart });
    const error = (await one.failed()) as Error;
    expect(error).toMatchObject({ code: 'PATRON_CONSUMER_RESTARTS_EXHAUSTED' });
    expect(error.message).toBe('its consumer broke 3 times within 60 s, the last time because no broker (3)');
    expect(transport.opens).toBe(3);
  });

  test('of a cause that says of itself that it is final, is not opened again', async () => {
    const transport = new ManualTransport();
    transport.opening = () => Promise.reject(Object.assign(new Error('no such queue'), { isFinal: true }));
    const { running: one } = run(transport, { handle: () => undefined, restart });
    expect(((await one.failed()) as Error).message).toBe('no such queue');
    expect(transport.opens).toBe(1);
  });

  test('says so in its readiness until it is back', async () => {
    const transport = new ManualTransport();
    const { running: one, consumer } = run(transport, { handle: () => undefined, restart: { ...restart, backoff: constantBackoff(50) } });
    await one.until(() => consumer.ready() === true);
    transport.break(new Error('connection reset'));
    await one.until(() => consumer.ready() !== true);
    await one.until(() => JSON.stringify(consumer.ready()).includes('connection reset'));
    await one.until(() => consumer.ready() === true);
  });
});

test('a stop while it waits to be opened again ends the wait', async () => {
  const transport = new ManualTransport();
  transport.opening = () => Promise.reject(new Error('no broker'));
  const { running: one } = run(transport, { handle: () => undefined, restart: { backoff: constantBackoff(60_000) } });
  await one.until(() => transport.opens === 1);
  await one.stop();
});

test('all handlers stuck for too long are logged once each, and make the consumer not ready', async () => {
  const transport = new ManualTransport();
  const gate = new Gate();
  const { running: one, consumer } = run(transport, { stallAfterMs: 40, handle: gate.handle });
  transport.push({}, {});
  await one.until(() => gate.begun.length === 2 && consumer.ready() !== true);
  expect(consumer.ready()).toEqual({ ready: false, reason: expect.stringMatching(/^its handler works on 0 for 0 s, and 1 more/) });
  await sleep(60);
  expect(log.findAll({ message: /handler takes long/ }).map(({ fields }) => fields['message_id'])).toEqual(['0', '1']);
  gate.end(0, 1);
  await one.until(() => consumer.ready() === true);
});

test('what a consumer does is in the metrics', async () => {
  const transport = new ManualTransport();
  const { running: one } = run(transport, {
    failure: { attempts: 2, backoff: constantBackoff(1), exhausted: { deadLetter: 'dead' } },
    handle: ({ id }) => {
      if (id === '1') throw new TypeError('poison');
    },
  });
  transport.push({}, {}, {});
  await one.until(() => transport.settled.length === 3);
  const text = await metrics.scrape();
  const of = (name: string, labels = ''): string => `${name}{messaging_system="manual",messaging_destination_name="manual"${labels}}`;
  for (const line of [
    `${of('messaging_process_duration_seconds_count', ',outcome="retry",error_type="TypeError"')} `,
    `${of('messaging_process_duration_seconds_count', ',outcome="failed",error_type="TypeError"')} `,
    `${of('patron_consumer_queue_duration_seconds_count')} `,
    `${of('messaging_client_consumed_messages_total')} `,
    `${of('patron_consumer_dead_letters_total')} `,
    `${of('patron_consumer_settled_total', ',settlement="ack"')} `,
    'patron_consumer_in_flight{component="test"} 0',
    'patron_consumer_running{component="test"} 0',
    'patron_consumer_parked{component="test"} 0',
  ])
    expect(text).toContain(line);
});
