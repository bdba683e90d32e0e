import { setImmediate as turn } from 'node:timers/promises';
import { beforeAll, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import { type ManualMessage, ManualTransport } from '../../test/support/manual-transport.ts';
import { AsyncConsumer, type Group, resolveConsumer } from '../async.ts';
import { Running } from '../testing.ts';

beforeAll(() => setup(memoryLog()));

/** Chance that can be had again. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

interface Pushed {
  lane: string | undefined;
  group: Group;
  position: number;
}

/** One run: partitions come and go while handlers end, fail and hang back, in an order that the seed decides. */
async function run(seed: number, failing: boolean): Promise<void> {
  const random = chance(seed);
  const transport = new ManualTransport();
  const concurrency = 1 + random(8);
  const pushed: Pushed[] = [];
  const running = new Map<string, ManualMessage>();
  const ends: (() => void)[] = [];
  const begun = new Map<string, number[]>();
  let mostOfOneLane = 0;
  let most = 0;
  const ofLane = new Map<string, number>();

  const handle = (message: ManualMessage): unknown => {
    const { lane } = pushed[Number(message.id)] as Pushed;
    running.set(message.id, message);
    most = Math.max(most, running.size);
    if (lane !== undefined) {
      const now = (ofLane.get(lane) ?? 0) + 1;
      ofLane.set(lane, now);
      mostOfOneLane = Math.max(mostOfOneLane, now);
      if (message.attempt === 1) begun.set(lane, [...(begun.get(lane) ?? []), Number(message.id)]);
    }
    const done = (): void => {
      running.delete(message.id);
      if (lane !== undefined) ofLane.set(lane, (ofLane.get(lane) as number) - 1);
      if (failing && random(4) === 0) throw new Error('by chance');
    };
    if (random(3) === 0) return done();
    return new Promise<void>((resolve, reject) => {
      ends.push(() => {
        try {
          done();
          resolve();
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  };

  const options = { name: 'test', handle, concurrency, failure: { attempts: 3, backoff: () => random(3), exhausted: 'ack' as const } };
  const consumer = new AsyncConsumer(transport, resolveConsumer('the consumer', options, []));
  const one = new Running({ name: 'test', run: (context) => consumer.run(context) });
  await one.until(() => transport.control !== undefined);

  const groups: { group: Group; next: number }[] = [];
  const revoking: Promise<unknown>[] = [];
  const endOne = (): void => ends.splice(random(ends.length), 1)[0]?.();
  for (let step = 0; step < 120; step++) {
    const what = random(10);
    if (what < 4 || groups.length === 0) {
      if (groups.length === 0 || random(4) === 0) groups.push({ group: { begun: -1 }, next: 0 });
      const of = groups[random(groups.length)] as { group: Group; next: number };
      const chunk: Pushed[] = Array.from({ length: 1 + random(6) }, () => {
        const key = random(5);
        return { lane: key === 0 ? undefined : `lane-${key}`, group: of.group, position: of.next++ };
      });
      pushed.push(...chunk);
      transport.push(...chunk);
    } else if (what < 8) endOne();
    else if (what === 8 && random(3) === 0) {
      while (transport.unasked > 0) await turn(); // a transport hands over nothing of what it gives back
      const gone = groups.splice(random(groups.length), 1)[0] as { group: Group };
      revoking.push((transport.control as NonNullable<typeof transport.control>).revoke(gone.group, { drainMs: 20_000, graceMs: 1000 }));
    }
    if (random(2) === 0) await turn();
  }
  let isOver = false;
  const stopping = Promise.all(revoking)
    .then(() => one.stop())
    .then(() => (isOver = true));
  while (!isOver) {
    if (ends.length > 0) endOne();
    await turn();
  }
  await stopping;

  expect(mostOfOneLane).toBeLessThanOrEqual(1);
  expect(most).toBeLessThanOrEqual(concurrency);
  // Settled once each, nothing left behind. What nobody asked for any more was never taken.
  const settled = transport.settled.map(([id]) => Number(id));
  expect(new Set(settled).size).toBe(settled.length);
  expect(consumer.info()).toMatchObject({ inFlight: 0, running: 0, parked: 0 });
  for (const ids of begun.values()) expect(ids).toEqual([...ids].sort((a, b) => a - b));
  if (failing) return;
  // Of each group everything up to the highest place that was begun is done, and nothing above it: no gap, nothing twice.
  const acked = new Map<Group, number[]>();
  for (const [id, how] of transport.settled) {
    const { group, position } = pushed[Number(id)] as Pushed;
    if (how === 'ack') acked.set(group, [...(acked.get(group) ?? []), position]);
  }
  for (const [group, positions] of acked) {
    const inOrder = positions.sort((a, b) => a - b);
    expect(inOrder).toEqual(Array.from({ length: group.begun + 1 }, (_, i) => i));
  }
}

test.each([
  ['that all succeed', false],
  ['of which some fail', true],
])(
  'whatever comes in between, of messages %s each is settled once, lanes keep their order, and no group is left with a gap',
  async (_what, failing) => {
    for (let seed = 1; seed <= 60; seed++) {
      try {
        await run(seed * 7919, failing);
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  },
  60_000,
);
