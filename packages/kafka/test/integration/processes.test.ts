import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { endAll, ServiceProcess } from '../../../core/test/support/service-process.ts';
import { RawKafka } from '../support/raw-kafka.ts';
import { describeKafka } from '../support/real-kafka.ts';

const PATIENCE_MS = 60_000;

/** A member of a group in a process of its own. */
class Member {
  readonly process: ServiceProcess;

  constructor(brokers: string, topic: string, workMs: number, options: object = {}) {
    const member = new URL('../support/member.mjs', import.meta.url);
    this.process = new ServiceProcess(member, [brokers, topic, String(workMs), JSON.stringify(options)]);
  }

  /** The ids of what it has handled, in order. */
  get handled(): string[] {
    return [...this.process.stdout.matchAll(/^handled (\S+) /gm)].map(([, id]) => id as string);
  }

  get partitions(): number {
    return Number(this.process.stdout.match(/^has (\d+)(?![\s\S]*^has )/m)?.[1] ?? 0);
  }
}

async function until(holds: () => boolean, tell: () => string | Promise<string> = () => ''): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${PATIENCE_MS / 1000} s: ${String(holds)} ${await tell()}`);
    await sleep(20);
  }
}

const records = (count: number): { value: string; key: string }[] =>
  Array.from({ length: count }, (_, i) => ({ value: JSON.stringify({ i }), key: `key-${i % 100}` }));

/** What was handled more than once, by whomever. */
function repeated(members: readonly Member[]): string[] {
  const seen = new Set<string>();
  return members.flatMap(({ handled }) => handled).filter((id) => seen.size === seen.add(id).size);
}

const count = (members: readonly Member[]): number => new Set(members.flatMap(({ handled }) => handled)).size;

/** Offsets that nobody has handled though a later one of their partition was, and what the group says it has done. */
async function missing(members: readonly Member[], topic: string, raw: RawKafka): Promise<string> {
  const handled = new Map<number, Set<number>>();
  for (const id of members.flatMap((member) => member.handled)) {
    const [partition, offset] = id.split('/').slice(-2).map(Number) as [number, number];
    handled.set(partition, (handled.get(partition) ?? new Set()).add(offset));
  }
  const gaps = [...handled].flatMap(([partition, offsets]) =>
    Array.from({ length: Math.max(...offsets) }, (_, offset) => offset)
      .filter((offset) => !offsets.has(offset))
      .map((offset) => `${partition}/${offset}`),
  );
  const last = [...handled].map(([partition, offsets]) => `${partition}/${Math.max(...offsets)}`);
  return `passed over: ${gaps.join(' ')}; last: ${last.join(' ')}; committed: ${(await raw.committed(topic, topic)).join(' ')}`;
}

describeKafka('members in processes of their own', 1, (kafka) => {
  afterEach(() => endAll());

  async function place(partitions = 4): Promise<{ topic: string; brokers: string; raw: RawKafka }> {
    const { raw, cluster } = kafka();
    const topic = RawKafka.name('processes');
    await raw.createTopic(topic, partitions);
    return { topic, brokers: cluster.brokers, raw };
  }

  test('SIGTERM under load: what runs ends and is committed, the process exits with 0 within 10 s, the next one repeats nothing', async () => {
    const { topic, brokers, raw } = await place();
    await raw.send(topic, records(2000));
    const first = new Member(brokers, topic, 5, { ordering: 'key', concurrency: 50 });
    await until(() => first.handled.length > 100);
    const start = performance.now();
    first.process.kill('SIGTERM');
    const exit = await first.process.exit;
    expect([exit.code, exit.signal]).toEqual([0, null]);
    expect(performance.now() - start).toBeLessThan(10_000);
    const second = new Member(brokers, topic, 0, { ordering: 'key', concurrency: 50 });
    await until(
      () => count([first, second]) === 2000,
      async () => `${await missing([first, second], topic, raw)}\n${first.process.dump()}\n---\n${second.process.dump()}`,
    );
    expect(repeated([first, second])).toEqual([]);
  }, 90_000);

  test('SIGKILL: another member has its partitions after a session, and repeats no more than was not committed yet', async () => {
    const { topic, brokers, raw } = await place();
    const one = new Member(brokers, topic, 5);
    const other = new Member(brokers, topic, 5);
    await until(() => one.partitions === 2 && other.partitions === 2);
    await raw.send(topic, records(3000));
    await until(() => one.handled.length > 300);
    one.process.kill('SIGKILL');
    const killed = performance.now();
    await until(() => other.partitions === 4);
    expect(performance.now() - killed).toBeLessThan(25_000);
    await until(() => count([one, other]) === 3000);
    // At most what it handled in the second and a half before: two partitions at 5 ms each.
    expect(repeated([one, other]).length).toBeLessThan(700);
  }, 120_000);

  test('frozen for longer than its session, a member drops what it had read ahead when it thaws, and joins again', async () => {
    const { topic, brokers, raw } = await place();
    const one = new Member(brokers, topic, 5, { concurrency: 4 });
    const other = new Member(brokers, topic, 1, { concurrency: 4 });
    await until(() => one.partitions === 2 && other.partitions === 2);
    await raw.send(topic, records(8000));
    await until(() => one.handled.length > 300);
    one.process.kill('SIGSTOP');
    const before = one.handled.length;
    await until(() => other.partitions === 4);
    await until(() => count([one, other]) === 8000);
    const missed = new Set(other.handled);
    one.process.kill('SIGCONT');
    await until(() => one.partitions === 2);
    await sleep(500);
    // What ran when it froze may end; of the hundreds that it held, none begins.
    const after = one.handled.slice(before).filter((id) => missed.has(id));
    expect(after.length).toBeLessThanOrEqual(4 + 4);
    await raw.send(topic, records(200));
    await until(() => count([one, other]) === 8200);
  }, 120_000);
});
