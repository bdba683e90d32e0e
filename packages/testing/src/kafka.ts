import { TestingError } from './errors.ts';
import { loadRdkafka } from './rdkafka.ts';

type Producer = InstanceType<Awaited<ReturnType<typeof loadRdkafka>>['Producer']>;

/** Options of `startKafka`. */
export interface EmbeddedKafkaOptions {
  /**
   * How many brokers, 1 to 9. Topics have as many replicas, at most 3.
   * @default 1
   */
  nodes?: number;
}

/** A Kafka cluster inside of this process. */
export interface EmbeddedKafka {
  /** Its brokers, `host:port` with commas between, on ports of the loopback interface. */
  readonly brokers: string;
  /** Ends it, with all that was produced. Clients have to be disconnected before. A second call does nothing. */
  close(): Promise<void>;
}

const maxNodes = 9;
const timeoutMs = 10_000;

/**
 * Starts a Kafka cluster inside of this process: the one that librdkafka, the library behind node-rdkafka, tests itself with. It
 * speaks Kafka's protocol over TCP, on free ports of the loopback interface, and keeps everything in memory: topics, groups
 * and commits, transactions. It starts in milliseconds and needs no Java.
 *
 * A topic comes into being by being used or asked about, with 4 partitions; there is no way to make one with another number, or
 * to delete one. A group's first member waits for others for 3 s, and a later one until the `session.timeout.ms` of a member
 * that has left is over: 45 s by default, so give consumers under test 6000. What is about disks, retention, compaction,
 * access control or a broker's death needs a real Kafka.
 *
 * @throws TestingError `PATRON_TESTING_RDKAFKA_MISSING` where node-rdkafka is not installed, with the command that installs it;
 * `PATRON_TESTING_OPTION`; `PATRON_TESTING_KAFKA_FAILED`.
 *
 * @example
 * ```ts
 * import { startKafka } from '@patron/testing';
 *
 * const kafka = await startKafka();
 * console.log(kafka.brokers); // 127.0.0.1:40519: what the code under test connects to
 * await kafka.close();
 * ```
 */
export async function startKafka({ nodes = 1 }: EmbeddedKafkaOptions = {}): Promise<EmbeddedKafka> {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > maxNodes)
    throw new TestingError('PATRON_TESTING_OPTION', `nodes is a whole number from 1 to ${maxNodes}, not ${String(nodes)}`);
  const rdkafka = await loadRdkafka();
  // The cluster lives inside of a client that was asked for it, and whose own addresses it replaces. The setting is not
  // among those that the library documents, nor in the types.
  const settings = { 'test.mock.num.brokers': nodes, 'client.id': 'patron-testing', log_level: 0 };
  const owner = new rdkafka.Producer(settings);
  const brokers = await connect(owner);
  let closing: Promise<void> | undefined;
  return { brokers, close: () => (closing ??= disconnect(owner)) };
}

function connect(owner: Producer): Promise<string> {
  return new Promise((resolve, reject) => {
    owner.connect({ timeout: timeoutMs }, (cause, metadata) => {
      if (cause)
        return reject(new TestingError('PATRON_TESTING_KAFKA_FAILED', `the embedded Kafka did not start: ${cause.message}`, { cause }));
      resolve(metadata.brokers.map(({ host, port }) => `${host}:${port}`).join(','));
    });
  });
}

function disconnect(owner: Producer): Promise<void> {
  return new Promise((resolve, reject) => {
    owner.disconnect(timeoutMs, (cause: Error | null | undefined) => {
      if (cause)
        return reject(new TestingError('PATRON_TESTING_KAFKA_FAILED', `the embedded Kafka did not stop: ${cause.message}`, { cause }));
      resolve();
    });
  });
}
