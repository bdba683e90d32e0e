import { describe, expect, test } from '@jest/globals';
import { OptionCheck } from './check.ts';
import { checkFeatures } from './connection.ts';
import { KafkaComponent, type KafkaOptions, KafkaProducer } from './index.ts';
import { resolveKafka } from './options.ts';
import { resolveProducer } from './producer-options.ts';

const good: KafkaOptions = { name: 'orders', brokers: 'a:9092, b:9092', group: 'billing', topics: 'orders', handle: () => undefined };

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    return (error as { problems: readonly string[] }).problems;
  }
  return [];
}

test('of a consumer all problems are told at once, each with its option and its value', () => {
  const wrong = {
    name: 'orders',
    handle: () => undefined,
    brokers: 'a b',
    group: '',
    topics: ['orders', 'no/topic'],
    ordering: 'keys',
    startFrom: 'yesterday',
    assignment: 'sticky',
    instanceId: ' ',
    commitIntervalMs: 0,
    revokeTimeoutMs: 200_000,
    maxBuffered: 1.5,
    failure: { exhausted: 'nack' },
    concurrency: 0,
    tls: { cert: 'x', ciphers: 'y' },
    sasl: { mechanism: 'kerberos', username: '', password: '' },
    topic: 'orders',
    librdkafka: { 'enable.auto.commit': true, 'fetch.wait.max.mss': 1, 'fetch.min.bytes': 'many', rebalance_cb: 'x' },
  };
  expect(problemsOf(() => new KafkaComponent(wrong as never))).toEqual([
    'there is no option "topic"',
    'group is "": it takes a string that is not empty',
    'instanceId is " ": it takes a string that is not empty',
    `failure.exhausted is "nack": Kafka can't take one record back; use 'exit', 'ack' or { deadLetter: 'its topic' }`,
    `assignment is "sticky": it takes 'cooperative-sticky', 'eager'`,
    'topics is "orders, no/topic": it takes names of topics, or patterns that begin with ^',
    `startFrom is "yesterday": it takes 'earliest', 'latest', a Date or { sinceMs: 3600000 }`,
    `brokers is "a b": it takes 'host:port', with commas between or as a list`,
    'there is no option "tls.ciphers"',
    'tls has one of cert and key: a client certificate needs both',
    `sasl.mechanism is "kerberos": it takes 'plain', 'scram-sha-256', 'scram-sha-512'`,
    'sasl.username is "": it takes a string that is not empty',
    'sasl.password is missing',
    'librdkafka["enable.auto.commit"] can\'t be set: offsets are committed once their records are handled, and never before',
    'librdkafka["rebalance_cb"] can\'t be set: callbacks are this package’s own',
    expect.stringMatching(/^fetch\.wait\.max\.mss: No such configuration property/),
    expect.stringMatching(/^fetch\.min\.bytes: Invalid value/),
    `ordering is "keys": it takes 'partition', 'key', 'none'`,
    'commitIntervalMs is 0: it takes whole milliseconds, 10 at least',
    'revokeTimeoutMs is 200000: it takes whole milliseconds, 0 at least and 150000 at most',
    'maxBuffered is 1.5: it takes a whole number, 2 at least and 1000000 at most',
    'concurrency is 0: it takes a whole number, 1 at least',
  ]);
});

test('of a producer likewise, secrets left out', () => {
  const wrong = {
    brokers: [],
    codec: {},
    timeoutMs: 5,
    lingerMs: -1,
    compression: 'best',
    acks: 1,
    librdkafka: { acks: 0, 'transactional.id': 'x', 'ssl.key.pem': 'top secret' },
  };
  const problems = problemsOf(() => new KafkaProducer(wrong as never));
  expect(problems).toEqual(
    [
      'there is no option "acks"',
      'codec is an object: it takes an object with encode and decode',
      'timeoutMs is 5: it takes whole milliseconds, 100 at least',
      `brokers is "": it takes 'host:port', with commas between or as a list`,
      'lingerMs is -1: it takes whole milliseconds, 0 at least and 29999 at most',
      `compression is "best": it takes 'none', 'gzip', 'snappy', 'lz4', 'zstd'`,
      'librdkafka["acks"] can\'t be set: a promise that resolves means that all replicas in sync have the record',
      'librdkafka["transactional.id"] can\'t be set: transactions are not there yet',
    ].concat(problems.filter((problem) => problem.startsWith('ssl.key.pem') || problem.startsWith('compression.codec'))),
  );
  expect(problems.join()).not.toContain('top secret');
});

test('a setting of librdkafka wins over the option it belongs to, on the consumer’s side as on its topics’', () => {
  const { settings } = resolveKafka({ ...good, librdkafka: { 'session.timeout.ms': 45_000, 'request.timeout.ms': 7000 } });
  expect(settings.global).toMatchObject({
    'session.timeout.ms': 45_000,
    'metadata.broker.list': 'a:9092,b:9092',
    'enable.partition.eof': true,
  });
  expect(settings.topic).toEqual({ 'auto.offset.reset': 'earliest', 'request.timeout.ms': 7000 });
  expect(resolveProducer({ brokers: 'a:9092' }).settings.topic).toMatchObject({
    acks: -1,
    partitioner: 'murmur2_random',
    'message.timeout.ms': 30_000,
  });
});

test('a session outlasts what a cluster takes to do without a broker, and a frozen one is noticed early enough to find the next', () => {
  const {
    'session.timeout.ms': session,
    'socket.timeout.ms': socket,
    'heartbeat.interval.ms': heartbeat,
  } = resolveKafka(good).settings.global;
  const broker = 9000; // broker.session.timeout.ms of Apache Kafka
  expect(Number(session)).toBeGreaterThanOrEqual(broker + 6000); // where its controller is gone, too, that takes 3 s more
  expect(Number(socket)).toBeLessThan(broker);
  expect(heartbeat).toBe(500);
});

test('secrets are in no info, and in no error', () => {
  const component = new KafkaComponent({ ...good, sasl: { mechanism: 'plain', username: 'app', password: 'hunter2' } });
  expect(JSON.stringify(component.info())).not.toContain('hunter2');
});

test('the type has no nack', () => {
  // @ts-expect-error Kafka can't give one record back
  const options: KafkaOptions = { ...good, failure: { exhausted: 'nack' } };
  expect(problemsOf(() => new KafkaComponent(options))).toHaveLength(1);
});

describe('what the build of librdkafka lacks is named with what brings it', () => {
  test.each([
    [{ 'security.protocol': 'sasl_ssl' }, ['gzip'], /no ssl: install libssl-dev/],
    [{ 'sasl.mechanisms': 'SCRAM-SHA-512' }, ['ssl'], /no sasl_scram: install libssl-dev/],
    [{ 'compression.codec': 'zstd' }, ['gzip'], /no zstd: install libzstd-dev/],
  ])('%j', (settings, features, problem) => {
    const check = new OptionCheck([]);
    checkFeatures(settings, check, features);
    expect(check.problems).toEqual([expect.stringMatching(problem)]);
    const able = new OptionCheck([]);
    checkFeatures(settings, able, ['ssl', 'sasl_scram', 'zstd']);
    expect(able.problems).toEqual([]);
  });
});
