// A producer of patron, everything on.
import { bytes } from '../../../packages/core/dist/async.js';
import { KafkaProducer } from '../../../packages/kafka/dist/index.js';
import { answerWith, value } from './kafka-produced.mjs';

answerWith(async ({ brokers, topic }) => {
  const producer = new KafkaProducer({ brokers, codec: bytes });
  let next = 0;
  return () => producer.send({ topic, value, key: `key-${next++ % 1000}` });
});
