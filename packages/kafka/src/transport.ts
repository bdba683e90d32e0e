import type { Control, DeadLetter, Delivery, Intake, Transport } from '@patron/core/async';
import { KafkaIntake } from './consumer.ts';
import { DeadLetterProducer } from './dead-letters.ts';
import type { KafkaDelivery } from './delivery.ts';
import type { KafkaMessage } from './message.ts';
import type { KafkaConfig } from './options.ts';

/** Kafka, as the pipeline sees it. */
export class KafkaTransport implements Transport<KafkaMessage> {
  readonly system = 'kafka';
  readonly consumerGroup: string;
  /** What is held is bounded per partition, by pausing it: a limit over all of them would let one hold up the others. */
  readonly prefetch = Number.MAX_SAFE_INTEGER;
  readonly #config: KafkaConfig;
  readonly #deadLetters: DeadLetterProducer;

  constructor(config: KafkaConfig) {
    this.#config = config;
    this.#deadLetters = new DeadLetterProducer(config.consumer.name, config.connection);
    this.consumerGroup = config.group;
  }

  async open(control: Control, signal: AbortSignal): Promise<Intake<KafkaMessage>> {
    const intake = new KafkaIntake(this.#config, control, signal);
    await intake.open();
    return intake;
  }

  publishDeadLetter(delivery: Delivery<KafkaMessage>, letter: DeadLetter): Promise<void> {
    return this.#deadLetters.publish(delivery as KafkaDelivery, letter);
  }

  close(deadline: AbortSignal): Promise<void> {
    return this.#deadLetters.close(deadline);
  }
}
