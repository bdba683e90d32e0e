import { ConsumerClient } from './consumer-client.ts';
import type { OtherClient } from './health.ts';
import { isWithin } from './is-within.ts';
import type { KafkaConfig } from './options.ts';

const DISCONNECT_MS = 5000;
const quiet = (): void => undefined;

/** Asks as a consumer of the same settings would that is opened now; it joins no group. */
export function otherClient({ settings }: Pick<KafkaConfig, 'settings'>, topic: string): OtherClient {
  return {
    topic,
    async isAnswered(timeoutMs) {
      const client = new ConsumerClient(settings, {
        onRebalance: quiet,
        onCommit: quiet,
        onEndOfPartition: quiet,
        onError: quiet, // that nobody answers is one answer
        onLog: quiet,
        onStatistics: quiet,
      });
      try {
        await client.connect(topic, timeoutMs);
        return (await client.describe(topic, timeoutMs)).brokers.length > 0;
      } catch {
        return false;
      } finally {
        await isWithin(client.disconnect(), DISCONNECT_MS);
      }
    },
  };
}
