// Fills a topic, with node-rdkafka as it is: so many records of 200 bytes, each with a key and a header.
// The same node-rdkafka that @patron/kafka brings.
import kafka from '../../../packages/kafka/node_modules/node-rdkafka/lib/index.js';

const value = Buffer.alloc(200, 'x');

process.on('message', (/** @type {any} */ { brokers, topic, records, keys }) => {
  const producer = new kafka.HighLevelProducer({
    'metadata.broker.list': brokers,
    'linger.ms': 20,
    'queue.buffering.max.messages': 500_000,
  });
  producer.setPollInterval(20);
  producer.connect({}, (/** @type {Error | null} */ error) => {
    if (error) return process.send?.({ error: error.message });
    let sent = 0;
    let acknowledged = 0;
    const more = () => {
      while (sent < records && sent - acknowledged < 100_000) {
        producer.produce(
          topic,
          null,
          value,
          `key-${sent++ % keys}`,
          Date.now(),
          [{ 'X-Correlation-Id': 'order-4711' }],
          (/** @type {Error} */ failed) => {
            if (failed) process.send?.({ error: failed.message });
            if (++acknowledged === records) producer.disconnect(() => process.send?.({ records }));
          },
        );
      }
      if (sent < records) setTimeout(more, 5);
    };
    more();
  });
});
