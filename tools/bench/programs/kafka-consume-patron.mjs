// A consumer of patron, everything on: trace and correlation id, metrics, commits of the gapless offset.
import { bytes } from '../../../packages/core/dist/async.js';
import { KafkaComponent } from '../../../packages/kafka/dist/index.js';
import { answerWith } from './kafka-consumed.mjs';

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const never = new AbortController().signal;

answerWith(({ brokers, topic, group, ordering = 'partition', concurrency, handlerMs = 0 }, seen) => {
  const handle = handlerMs === 0 ? seen : () => sleep(handlerMs).then(seen);
  const component = new KafkaComponent({
    name: 'bench',
    brokers,
    group,
    topics: topic,
    ordering,
    codec: bytes,
    handle,
    ...(concurrency !== undefined && { concurrency }),
  });
  return component.run({ signal: never, deadline: never });
});
