export { startKafka } from './kafka.ts';
export type { EmbeddedKafka, EmbeddedKafkaOptions } from './kafka.ts';

export { TestingError } from './errors.ts';
export type { TestingErrorCode } from './errors.ts';
