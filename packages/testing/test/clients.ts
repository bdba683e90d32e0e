import kafka from 'node-rdkafka';

/** A record to produce. */
export interface Sent {
  key: string;
  value: string;
  headers?: Record<string, string>[];
}

/** Produces in the given order and waits until the cluster has confirmed every record. */
export async function produce(brokers: string, topic: string, records: readonly Sent[]): Promise<void> {
  const producer = new kafka.Producer({ 'metadata.broker.list': brokers, dr_cb: true });
  await connected(producer);
  const confirmed = new Promise<void>((resolve, reject) => {
    let open = records.length;
    producer.on('delivery-report', (error) => {
      if (error) reject(failure(error));
      else if (--open === 0) resolve();
    });
  });
  producer.setPollInterval(20);
  for (const { key, value, headers } of records)
    producer.produce(topic, null, Buffer.from(value), key, Date.now(), undefined, headers ?? []);
  await confirmed;
  await disconnected(producer);
}

/** Consumes `count` records as a member of the group, commits them and leaves. */
export async function consume(brokers: string, wanted: { topic: string; group: string; count: number }): Promise<kafka.Message[]> {
  const consumer = new kafka.KafkaConsumer(
    // The embedded group takes the next member in when the session of the one before has timed out, also where that has left.
    { 'metadata.broker.list': brokers, 'group.id': wanted.group, 'enable.auto.commit': false, 'session.timeout.ms': 6000 },
    { 'auto.offset.reset': 'earliest' },
  );
  await connected(consumer);
  consumer.subscribe([wanted.topic]);
  const messages: kafka.Message[] = [];
  while (messages.length < wanted.count) {
    const some = await new Promise<kafka.Message[]>((resolve, reject) => {
      consumer.consume(wanted.count - messages.length, (error, found) => (error ? reject(failure(error)) : resolve(found)));
    });
    messages.push(...some);
  }
  consumer.commitSync(null);
  await disconnected(consumer);
  return messages;
}

/** How many partitions the topic has; undefined: there is none of that name. */
export async function partitionsOf(brokers: string, topic: string): Promise<number | undefined> {
  const producer = new kafka.Producer({ 'metadata.broker.list': brokers });
  await connected(producer);
  const { topics } = await new Promise<kafka.Metadata>((resolve, reject) => {
    producer.getMetadata({ topic, timeout: 10_000 }, (error, found) => (error ? reject(failure(error)) : resolve(found)));
  });
  await disconnected(producer);
  return topics.find(({ name, partitions }) => name === topic && partitions.length > 0)?.partitions.length;
}

function connected(client: kafka.Producer | kafka.KafkaConsumer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.connect({ timeout: 10_000 }, (error: unknown) => (error ? reject(failure(error)) : resolve()));
  });
}

function disconnected(client: kafka.Producer | kafka.KafkaConsumer): Promise<void> {
  return new Promise((resolve, reject) => {
    client.disconnect((error: unknown) => (error ? reject(failure(error)) : resolve()));
  });
}

/** The library's errors are none of Node's by their types. */
function failure(cause: unknown): Error {
  return new Error(`node-rdkafka: ${String(cause)}`, { cause });
}
