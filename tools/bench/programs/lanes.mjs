// The pipeline alone, without a broker: records whose lanes are so many, handled at once and settled.
import { AsyncConsumer, bytes, resolveConsumer } from '../../../packages/core/dist/async.js';

const chunk = 1000;
const body = Buffer.alloc(200, 'x');
const carrier = { get: () => undefined, set: () => undefined };
const group = { begun: -1 };

const key = Buffer.alloc(8);
/**
 * Made of each record's key, as transports do. Strings that were made before, and are as many as the lanes, would be what is measured:
 * with 10,000 of them each is fetched from further away than with a hundred.
 * @param {number} number
 */
function laneOf(number) {
  key.writeUInt32LE(number);
  return `orders/0/${key.toString('latin1')}`;
}

class Delivery {
  /** @param {number} position @param {string} lane */
  constructor(position, lane) {
    this.position = position;
    this.lane = lane;
    this.group = group;
    this.source = 'bench';
    this.id = 'bench';
    this.carrier = carrier;
    this.body = body;
  }

  /** @param {unknown} value */
  message(value) {
    return { value };
  }

  settle() {
    return undefined;
  }
}

process.on('message', (/** @type {any} */ { lanes, records }) => {
  const stop = new AbortController();
  let handled = 0;
  let before = process.cpuUsage();
  const warmUp = records / 2;
  const handle = () => {
    if (++handled === warmUp) before = process.cpuUsage();
    if (handled === warmUp + records) stop.abort();
  };
  async function* deliveries() {
    for (let at = 0; at < warmUp + records; at += chunk) {
      yield Array.from({ length: chunk }, (_, i) => new Delivery(at + i, laneOf((at + i) % lanes)));
      await new Promise(setImmediate);
    }
  }
  const transport = {
    system: 'bench',
    prefetch: Number.MAX_SAFE_INTEGER,
    open: async () => ({ deliveries: deliveries(), ready: () => true, close: async () => undefined }),
  };
  const consumer = new AsyncConsumer(transport, resolveConsumer('the consumer', { name: 'bench', handle, codec: bytes }, []));
  consumer.run({ signal: stop.signal, deadline: new AbortController().signal }).then(
    () => {
      const { user, system } = process.cpuUsage(before);
      process.send?.({ cpuUs: (user + system) / records });
    },
    (error) => process.send?.({ error: error.message }),
  );
});
