import { defineTransport, type Operation } from '@patron/trace';

const transport = defineTransport({
  kind: 'producer',
  duration: {
    name: 'messaging.client.operation.duration',
    help: 'Time from sending a message to its acknowledgement, by outcome: ok, error.',
  },
  labels: ['messaging.system', 'messaging.destination.name', 'messaging.operation.name'],
  statusLabel: 'outcome',
});

// Whoever makes topics' names of ids, by mistake, makes no metric series of each.
const MAX_OPERATIONS = 1000;
const OTHER = '_other';

/** The operations of one producer, each described once. */
export class SendOperations {
  readonly #known = new Map<string, Operation>();

  of(topic: string): Operation {
    const known = this.#known.get(topic);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_OPERATIONS && topic !== OTHER) return this.of(OTHER);
    const operation = transport.operation({
      name: `send ${topic}`,
      labels: { 'messaging.system': 'kafka', 'messaging.destination.name': topic, 'messaging.operation.name': 'send' },
    });
    this.#known.set(topic, operation);
    return operation;
  }
}
