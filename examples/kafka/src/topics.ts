// Makes the topics that the service reads and writes: once for each broker, by hand or in a deployment, not by the service.
import rdkafka from 'node-rdkafka';

const brokers = process.env['KAFKA_BROKERS'] ?? 'localhost:9092';
const ALREADY_THERE = 36;
const admin = rdkafka.AdminClient.create({ 'metadata.broker.list': brokers });

function make(topic: string, partitions: number): Promise<string> {
  return new Promise((resolve, reject) => {
    admin.createTopic({ topic, num_partitions: partitions, replication_factor: -1 }, 10_000, (error) => {
      if (!error) resolve(`${topic}: made`);
      else if (error.code === ALREADY_THERE) resolve(`${topic}: is there`);
      else reject(new Error(`${topic} at ${brokers}: ${error.message}`));
    });
  });
}

try {
  console.log(await make('orders', 12));
  console.log(await make('orders.dead', 1));
} finally {
  admin.disconnect();
}
