import { type OptionCheck, show } from './check.ts';
import type { ClientSettings, Settings } from './client.ts';

/** What librdkafka keeps per topic. Beside the others, node-rdkafka would replace them by the defaults. */
const OF_TOPIC = new Set([
  'request.required.acks',
  'acks',
  'request.timeout.ms',
  'message.timeout.ms',
  'delivery.timeout.ms',
  'queuing.strategy',
  'partitioner',
  'compression.level',
  'auto.offset.reset',
]);

/** What nobody may set beside the options, in either client. */
const REFUSED = {
  'metadata.broker.list': 'use brokers',
  'bootstrap.servers': 'use brokers',
  'client.id': 'use clientId',
};

export const REFUSED_OF_CONSUMER: Readonly<Record<string, string>> = {
  ...REFUSED,
  'enable.auto.commit': 'offsets are committed once their records are handled, and never before',
  'auto.commit.enable': 'offsets are committed once their records are handled, and never before',
  'auto.commit.interval.ms': 'use commitIntervalMs',
  'enable.auto.offset.store': 'offsets are committed once their records are handled, and never before',
  'offset.store.method': 'offsets are kept by the broker',
  'group.id': 'use group',
  'group.instance.id': 'use instanceId',
  'group.protocol': 'the classic protocol is what this client speaks well',
  'group.remote.assignor': 'the classic protocol is what this client speaks well',
  'partition.assignment.strategy': 'use assignment',
  'auto.offset.reset': 'use startFrom',
  'enable.partition.eof': 'without it a record waits for others to come',
  'statistics.interval.ms': 'readiness and lag are read from them',
};

export const REFUSED_OF_PRODUCER: Readonly<Record<string, string>> = {
  ...REFUSED,
  acks: 'a promise that resolves means that all replicas in sync have the record',
  'request.required.acks': 'a promise that resolves means that all replicas in sync have the record',
  'enable.idempotence': 'use idempotence',
  'message.timeout.ms': 'use timeoutMs',
  'delivery.timeout.ms': 'use timeoutMs',
  'transactional.id': 'transactions are not there yet',
  'statistics.interval.ms': 'whether it still knows a broker is read from them',
  'delivery.report.only.error': 'a promise resolves by its delivery report',
};

/** Adds the user's own settings, which win, and sorts them for node-rdkafka. */
export function mergeSettings(
  ours: Settings,
  users: Readonly<Settings> | undefined,
  refused: Readonly<Record<string, string>>,
  check: OptionCheck,
): ClientSettings {
  const merged: Settings = { ...ours, ...checked(users ?? {}, refused, check) };
  const global: Settings = {};
  const topic: Settings = {};
  for (const [name, value] of Object.entries(merged)) (OF_TOPIC.has(name) ? topic : global)[name] = value;
  return { global, topic };
}

function checked(users: Readonly<Settings>, refused: Readonly<Record<string, string>>, check: OptionCheck): Settings {
  if (typeof users !== 'object' || users === null) {
    check.add(`librdkafka is ${show(users)}: it takes an object of settings`);
    return {};
  }
  const settings: Settings = {};
  for (const [name, value] of Object.entries(users)) {
    const why = Object.hasOwn(refused, name) ? refused[name] : name.endsWith('_cb') ? 'callbacks are this package’s own' : undefined;
    if (why !== undefined) check.add(`librdkafka[${JSON.stringify(name)}] can't be set: ${why}`);
    else if (!['string', 'number', 'boolean'].includes(typeof value))
      check.add(`librdkafka[${JSON.stringify(name)}] is ${show(value)}: it takes a string, a number or a boolean`);
    else settings[name] = value;
  }
  return settings;
}

/** Which settings librdkafka itself does not accept, in its words. Secrets are left out of them. */
export function checkSettings(settings: ClientSettings, tryOut: (settings: ClientSettings) => void, check: OptionCheck): void {
  const wrong = (one: ClientSettings): string | undefined => {
    try {
      tryOut(one);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const whole = wrong(settings);
  if (whole === undefined) return;
  const before = check.problems.length;
  for (const part of ['global', 'topic'] as const) {
    for (const [name, value] of Object.entries(settings[part])) {
      const problem = wrong({ global: {}, topic: {}, [part]: { [name]: value } });
      if (problem !== undefined) check.add(`${name}: ${/password|pem|secret|key/.test(name) ? 'librdkafka does not accept it' : problem}`);
    }
  }
  if (check.problems.length === before) check.add(`librdkafka does not accept its settings: ${whole}`);
}
