export { KafkaComponent } from './component.ts';
export type { KafkaConnectionOptions, KafkaSaslOptions, KafkaTlsOptions } from './connection.ts';
export type { KafkaMessage } from './message.ts';
export type { KafkaOptions, Ordering, StartFrom } from './options.ts';
export { KafkaProducer } from './producer.ts';
export type { KafkaProducerOptions } from './producer-options.ts';
export type { Sent } from './pending.ts';
export type { KafkaRecord, RecordHeaders } from './record.ts';

export { KafkaError, type KafkaErrorCode, KafkaOptionError, KafkaSendError, type KafkaSendErrorCode } from './errors.ts';
