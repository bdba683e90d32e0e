import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { check, type Verdict } from '../../support/checker.ts';
import { type Commits, CommitWatch } from '../../support/commit-watch.ts';
import type { MemberOptions } from '../../support/consumer-group.ts';
import { describeOnKafka, type Stage } from '../../support/real-cluster.ts';
import { Source } from '../../support/sources.ts';

// The same two scenes for those who misbehave and for ours: a checker that can't fail proves nothing.
const RECORDS = 2000;
const WORK_MS = 3;

describeOnKafka('the checker', { nodes: 1 }, (stage) => {
  const good: MemberOptions = { ordering: 'partition', workMs: WORK_MS, librdkafka: { 'session.timeout.ms': 6000 } };
  const bad = (mode: 'early' | 'deaf'): MemberOptions => ({ mode, workMs: WORK_MS });

  test('sees that a consumer which commits records before it handles them loses some when it is killed; ours loses none', async () => {
    const [early, ours] = await Promise.all([killed(stage, bad('early')), killed(stage, good)]);
    expect(early.lost).toBeGreaterThan(0);
    expect(early.tooHigh).not.toEqual([]);
    expect(ours).toMatchObject({ lost: 0, reordered: 0, tooHigh: [], wentBack: [] });
  }, 90_000);

  test('sees that a consumer which ignores that its partitions are taken away handles records twice; ours does not', async () => {
    const [deaf, ours] = await Promise.all([joined(stage, bad('deaf')), joined(stage, good)]);
    expect(deaf.duplicated).toBeGreaterThan(0);
    expect(ours).toMatchObject({ lost: 0, duplicated: 0, reordered: 0 });
  }, 90_000);

  test('sees that a group is stuck whose only member stands still, and that it no longer is when that goes on', async () => {
    const { topic, group, observer } = await stage.place(4, good);
    const [member] = await group.join(1);
    member!.kill('SIGSTOP');
    await fill(stage, topic);
    expect(await observer.caughtUp(2000)).toBeUndefined();
    member!.kill('SIGCONT');
    expect(await observer.caughtUp(60_000)).toBeDefined();
  }, 90_000);
});

/** A member is killed in the middle of its work, and another one takes over. */
async function killed(stage: Stage, options: MemberOptions): Promise<Verdict & Commits> {
  const { topic, group, observer } = await stage.place(4, options);
  const source = await fill(stage, topic);
  const watch = CommitWatch.start(observer, group.ledgers);
  const [first] = await group.join(1);
  while (group.handled().length < RECORDS / 10) await sleep(20);
  await group.crash(first!);
  group.start();
  await observer.caughtUp(60_000);
  const commits = await watch.stop();
  return { ...(await verdictOf(group, source)), ...commits };
}

/** A second member joins in the middle of the work of a first, and takes half of its partitions. */
async function joined(stage: Stage, options: MemberOptions): Promise<Verdict> {
  const { topic, group, observer } = await stage.place(4, options);
  const source = await fill(stage, topic);
  await group.join(1);
  while (group.handled().length < RECORDS / 10) await sleep(20);
  group.start();
  await observer.caughtUp(60_000);
  return verdictOf(group, source);
}

async function fill(stage: Stage, topic: string): Promise<Source> {
  const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic, keys: 50, rate: 4000, records: RECORDS });
  await source.ended();
  return source;
}

/** Once nobody handles anything any more: a consumer may have committed what it is not done with. */
async function verdictOf(group: Awaited<ReturnType<Stage['place']>>['group'], source: Source): Promise<Verdict> {
  for (let before = -1; before < group.handled().length; await sleep(500)) before = group.handled().length;
  await Promise.all([...group.members].map((member) => group.crash(member)));
  return check(source.acknowledged(), group.handled());
}
