// kafkajs with what a service has that is observed: OpenTelemetry's instrumentation of it, and a logger for each message.
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createRequire } from 'node:module';
import { pino } from 'pino';
import { answerWith } from '../programs/kafka-consumed.mjs';

new NodeSDK({ instrumentations: [new KafkaJsInstrumentation()] }).start();
// By require(): the instrumentation hooks that.
const { Kafka, logLevel } = createRequire(import.meta.url)('kafkajs');
const logger = pino({ level: 'info' });

answerWith(async ({ brokers, topic, group }, seen) => {
  const consumer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.ERROR }).consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const child = logger.child({ correlationID: String(message.headers?.['X-Correlation-Id']) });
      if (child.level !== 'info') throw new Error('its logger has another level');
      seen();
    },
  });
});
