import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { check } from '../../support/checker.ts';
import { RawKafka } from '../../support/raw-kafka.ts';
import { describeOnKafka } from '../../support/real-cluster.ts';
import { Chance, sized, tell } from '../../support/seed.ts';
import { Source } from '../../support/sources.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';

// Promise 10.
const PARTITIONS = 4;
const TIMEOUT_MS = 4000;
const SLACK_MS = 3000; // of a busy machine
const rounds = sized({ ci: 1, full: 4 });

const proxies: TcpProxy[] = [];
afterAll(() => Promise.all(proxies.map((proxy) => proxy.close())));

async function throughProxy() {
  const proxy = await TcpProxy.listen();
  proxies.push(proxy);
  return { nodes: 1 as const, settings: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` } };
}

describeOnKafka('every send settles', throughProxy, (stage) => {
  test(
    'within its timeout, when the broker is killed, cut off or no longer heard in the middle of it; what has resolved is stored',
    async () => {
      const chance = new Chance();
      const [node] = stage.kafka.nodes;
      const proxy = proxies[0]!;
      proxy.forwardTo(node!.port);
      const topic = RawKafka.name('sends');
      await stage.kafka.createTopic(topic, PARTITIONS);
      const source = new Source(stage.folder, { brokers: stage.kafka.brokers, topic, keys: 100, rate: 1000, timeoutMs: TIMEOUT_MS });
      for (let round = 0; round < rounds; round++) {
        for (const act of ['cut', 'short hole', 'long hole', 'kill']) {
          await sleep(chance.between(1000, 3000));
          if (act === 'cut') proxy.cut();
          else if (act === 'kill') {
            await node!.kill();
            await node!.restart();
          } else {
            proxy.swallow();
            await sleep(act === 'short hole' ? TIMEOUT_MS / 4 : TIMEOUT_MS * 2);
            proxy.pass();
          }
        }
      }
      await sleep(3000);
      const before = source.acknowledged().length;
      while (source.acknowledged().length === before) await sleep(20); // it sends again by itself
      const totals = await source.stop();
      const acknowledged = source.acknowledged();
      const raw = await RawKafka.connect(stage.kafka.brokers);
      const records = await raw.read(topic, acknowledged.length);
      await raw.close();
      const stored = records.map(({ partition, offset, key, value }) => ({
        topic,
        partition,
        offset,
        key: String(key),
        sequence: Number(value),
        ended: offset,
      }));
      const verdict = check(acknowledged, stored);
      const at = new Map(stored.map((one) => [`${one.partition}/${one.offset}`, `${one.key} ${one.sequence}`]));
      const wrong = acknowledged.filter(
        ({ partition, offset, key, sequence }) => at.get(`${partition}/${offset}`) !== `${key} ${sequence}`,
      );
      tell('promise 10', chance, { rounds, totals, stored: stored.length, wrong: wrong.length, ...verdict });

      expect(totals).toMatchObject({ unsettled: 0, sent: totals.acknowledged + totals.rejected, acknowledged: acknowledged.length });
      expect(totals.slowestMs).toBeLessThan(TIMEOUT_MS + SLACK_MS);
      expect(totals.rejected).toBeGreaterThan(0); // the long hole was long enough
      expect(wrong).toEqual([]);
      // Not that it is stored once: after records have timed out, librdkafka sends those behind them again under a new epoch.
      expect(verdict).toMatchObject({ lost: 0 });
    },
    sized({ ci: 120_000, full: 400_000 }),
  );
});
