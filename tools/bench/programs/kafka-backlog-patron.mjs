// A consumer of patron whose handlers are slow, with far more records waiting than it will handle. It answers with what was resident
// after the warm-up and at the end, and with the most that it held at once.
import { bytes } from '../../../packages/core/dist/async.js';
import { KafkaComponent } from '../../../packages/kafka/dist/index.js';

const sampleEveryMs = 250;
/** So many samples make one figure: a collection of garbage in between does not count. */
const enough = 40;
const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
const residentMb = () => process.memoryUsage.rss() / 1024 / 1024;

process.on('message', (/** @type {any} */ { brokers, topic, group, handlerMs, warmUpSeconds, seconds }) => {
  let handled = 0;
  let mostHeld = 0;
  const stop = new AbortController();
  const component = new KafkaComponent({
    name: 'bench',
    brokers,
    group,
    topics: topic,
    ordering: 'key',
    codec: bytes,
    handle: () => sleep(handlerMs).then(() => void handled++),
  });
  const look = async () => {
    while (handled === 0) await sleep(10);
    await sleep(warmUpSeconds * 1000);
    /** @type {number[]} */
    const samples = [];
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(sampleEveryMs)) {
      samples.push(residentMb());
      mostHeld = Math.max(mostHeld, Number(component.info()['inFlight']));
    }
    process.send?.({ from: samples.slice(0, enough), to: samples.slice(-enough), most: Math.max(...samples), mostHeld, handled });
    stop.abort();
  };
  const failed = (/** @type {Error} */ error) => process.send?.({ error: error.message });
  component.run({ signal: stop.signal, deadline: new AbortController().signal }).catch(failed);
  look().catch(failed);
});
