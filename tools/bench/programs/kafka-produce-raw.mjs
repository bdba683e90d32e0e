// node-rdkafka as it is, each send a promise that its delivery report settles. The same goes over the wire: three headers.
// The same node-rdkafka that @patron/kafka brings.
import kafka from '../../../packages/kafka/node_modules/node-rdkafka/lib/index.js';
import { answerWith, value } from './kafka-produced.mjs';

const headers = [
  { 'X-Correlation-Id': '0b9c3b5e-6f1e-4c0e-9a53-5d1b7f6a2c11' },
  { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00' },
  { 'content-type': 'application/octet-stream' },
];
answerWith(async ({ brokers, topic }) => {
  const producer = new kafka.Producer(
    { 'metadata.broker.list': brokers, dr_cb: true, 'enable.idempotence': true, 'queue.buffering.max.messages': 500_000 },
    {},
  );
  /** @type {Map<number, (error?: Error) => void>} */
  const pending = new Map();
  let next = 0;
  producer.on('delivery-report', (/** @type {Error | null} */ error, /** @type {{ opaque: number }} */ { opaque }) => {
    pending.get(opaque)?.(error ?? undefined);
    pending.delete(opaque);
  });
  await new Promise((resolve, reject) =>
    producer.connect({}, (/** @type {Error | null} */ error) => (error ? reject(error) : resolve(undefined))),
  );
  producer.setPollInterval(5);
  return () =>
    new Promise((resolve, reject) => {
      const id = next++;
      pending.set(id, (error) => (error ? reject(error) : resolve(undefined)));
      producer.produce(topic, null, value, `key-${id % 1000}`, null, id, headers);
    });
});
