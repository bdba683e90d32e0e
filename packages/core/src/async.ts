export { bytes, type Codec, json, protobuf, type ProtobufType, text } from './codec.ts';
export { AsyncConsumer } from './async/consumer.ts';
export { type DeadLetter, provenance } from './async/dead-letter.ts';
export type { Attempt, Delivery, Group, Settlement } from './async/delivery.ts';
export {
  ConsumerOptionError,
  HandlerTimeoutError,
  MessageFailedError,
  MessageInvalidError,
  MessageLostError,
  RestartsExhaustedError,
} from './async/errors.ts';
export type { Handler, Message, MessageHeaders } from './async/message.ts';
export {
  type ConsumerOptions,
  type Exhausted,
  type FailurePolicy,
  type ResolvedConsumer,
  resolveConsumer,
  type RestartPolicy,
} from './async/options.ts';
export type { Control, Intake, RevokeLimits, Transport } from './async/transport.ts';
export type { SchemaIssue, SchemaResult, StandardSchemaV1 } from './schema.ts';
