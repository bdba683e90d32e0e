/** Which way a client of Kafka failed. */
export type KafkaErrorCode =
  | 'PATRON_KAFKA_UNREACHABLE'
  | 'PATRON_KAFKA_TOPIC_MISSING'
  | 'PATRON_KAFKA_REFUSED'
  | 'PATRON_KAFKA_FATAL'
  | 'PATRON_KAFKA_SESSION_LOST'
  | 'PATRON_KAFKA_STALLED'
  | 'PATRON_KAFKA_COMPRESSION_MISSING';

/** A consumer of Kafka broke: it is opened anew, as often as its `restart` allows, where that can help. `cause` is librdkafka's error. */
export class KafkaError extends Error {
  readonly code: KafkaErrorCode;
  override readonly name = 'KafkaError';
  /** Whether to open it anew would change nothing: somebody has to do something first. */
  readonly isFinal: boolean;

  constructor(code: KafkaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.isFinal = code === 'PATRON_KAFKA_TOPIC_MISSING' || code === 'PATRON_KAFKA_COMPRESSION_MISSING';
  }
}

/** Which way a record was not sent. */
export type KafkaSendErrorCode =
  | 'PATRON_KAFKA_RECORD_INVALID'
  | 'PATRON_KAFKA_SEND_FAILED'
  | 'PATRON_KAFKA_SEND_TIMEOUT'
  | 'PATRON_KAFKA_PRODUCER_CLOSED';

/**
 * A record that was not acknowledged. After `PATRON_KAFKA_SEND_TIMEOUT` and `PATRON_KAFKA_PRODUCER_CLOSED` the broker may have
 * it nevertheless: it did not say so in time. An abort by the caller's own signal rejects with that signal's reason instead.
 *
 * @example
 * ```ts
 * import { KafkaProducer, KafkaSendError } from '@patron/kafka';
 *
 * const producer = new KafkaProducer({ brokers: '127.0.0.1:9', timeoutMs: 1000 });
 * try {
 *   await producer.send({ topic: 'orders', value: { id: 4711 } });
 * } catch (error) {
 *   if (error instanceof KafkaSendError) console.log(error.code, error.topic); // PATRON_KAFKA_SEND_TIMEOUT orders
 * }
 * await producer.close();
 * ```
 */
export class KafkaSendError extends Error {
  readonly code: KafkaSendErrorCode;
  override readonly name = 'KafkaSendError';
  readonly topic: string;

  constructor(code: KafkaSendErrorCode, topic: string, problem: string, options?: ErrorOptions) {
    super(`record for ${topic === '' ? 'no topic' : topic}: ${problem}`, options);
    this.code = code;
    this.topic = topic;
  }
}

/** The options of a producer hold values that can't be used; a sentence for each is in `problems`. */
export class KafkaOptionError extends Error {
  readonly code = 'PATRON_KAFKA_OPTIONS_INVALID';
  override readonly name = 'KafkaOptionError';
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    super(`${what} can't be made: ${count}\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
