// node-rdkafka as it is: batches, a manual commit each second, nothing else.
// The same node-rdkafka that @patron/kafka brings.
import kafka from '../../../packages/kafka/node_modules/node-rdkafka/lib/index.js';
import { answerWith } from './kafka-consumed.mjs';

answerWith(({ brokers, topic, group, batch }, seen) => {
  const settings = { 'metadata.broker.list': brokers, 'group.id': group, 'enable.auto.commit': false, 'enable.auto.offset.store': false };
  const consumer = new kafka.KafkaConsumer({ ...settings, offset_commit_cb: () => undefined }, { 'auto.offset.reset': 'earliest' });
  consumer.setDefaultConsumeTimeout(50);
  /** @type {Map<number, number>} */
  const next = new Map();
  setInterval(() => {
    if (next.size > 0) consumer.commit([...next].map(([partition, offset]) => ({ topic, partition, offset })));
  }, 1000);
  const loop = () =>
    consumer.consume(batch, (/** @type {Error | null} */ error, /** @type {{ partition: number, offset: number }[]} */ messages) => {
      if (!error) {
        for (const { partition, offset } of messages) {
          next.set(partition, offset + 1);
          seen();
        }
      }
      loop();
    });
  consumer.connect({}, () => {
    consumer.subscribe([topic]);
    loop();
  });
});
