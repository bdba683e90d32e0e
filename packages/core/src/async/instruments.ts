import { shared } from '@patron/log';
import { type Counter, defineTransport, type HistogramSeries, metrics, type CounterSeries, type Operation } from '@patron/trace';

const ATTRIBUTES = ['messaging.system', 'messaging.destination.name', 'messaging.consumer.group.name'] as const;
const LABELS = ['messaging_system', 'messaging_destination_name', 'messaging_consumer_group_name'] as const;

/** What is counted of one topic or queue. */
export interface SourceInstruments {
  readonly operation: Operation;
  readonly received: CounterSeries;
  readonly deadLetters: CounterSeries;
  readonly queueTime: HistogramSeries;
  readonly settled: Readonly<Record<'ack' | 'nack' | 'release' | 'error', CounterSeries>>;
}

interface Instruments {
  received: Counter<(typeof LABELS)[number]>;
  deadLetters: Counter<(typeof LABELS)[number]>;
  settled: Counter<(typeof LABELS)[number] | 'settlement'>;
  queueTime: ReturnType<typeof metrics.histogram<(typeof LABELS)[number]>>;
}

const processing = defineTransport({
  kind: 'consumer',
  duration: {
    name: 'messaging.process.duration',
    help: 'Time that handlers took, by outcome: ok, retry, failed (the last attempt), lost (taken away while it ran).',
  },
  labels: ATTRIBUTES,
  statusLabel: 'outcome',
});

const instruments = shared<Instruments>('messagingInstruments', () => ({
  received: metrics.counter({
    name: 'messaging_client_consumed_messages_total',
    help: 'Messages that consumers received.',
    labels: LABELS,
    otel: { name: 'messaging.client.consumed.messages', unit: '{message}', attributes: ATTRIBUTES },
  }),
  deadLetters: metrics.counter({
    name: 'patron_consumer_dead_letters_total',
    help: 'Messages that were published to a dead-letter destination, and confirmed there.',
    labels: LABELS,
  }),
  settled: metrics.counter({
    name: 'patron_consumer_settled_total',
    help: 'Messages that were settled: ack, nack, release (left for another consumer), error (the broker could not be told).',
    labels: [...LABELS, 'settlement'],
  }),
  queueTime: metrics.histogram({
    name: 'patron_consumer_queue_duration_seconds',
    help: 'Time from the receipt of a message to the start of its first attempt.',
    labels: LABELS,
  }),
}));

/** What is counted of a topic or queue, resolved once. */
export function instrumentsOf(system: string, source: string, consumerGroup: string): SourceInstruments {
  const labels = { messaging_system: system, messaging_destination_name: source, messaging_consumer_group_name: consumerGroup };
  const settled = (settlement: string): CounterSeries => instruments.settled.labels({ ...labels, settlement });
  return {
    operation: processing.operation({
      name: `process ${source}`,
      labels: {
        'messaging.system': system,
        'messaging.destination.name': source,
        'messaging.consumer.group.name': consumerGroup,
      },
    }),
    received: instruments.received.labels(labels),
    deadLetters: instruments.deadLetters.labels(labels),
    queueTime: instruments.queueTime.labels(labels),
    settled: { ack: settled('ack'), nack: settled('nack'), release: settled('release'), error: settled('error') },
  };
}

/** What a consumer holds at the moment. */
export interface Held {
  readonly name: string;
  readonly inFlight: number;
  readonly running: number;
  readonly parked: number;
}

/** The consumers of this process. */
const consumers = shared<Set<Held>>('consumers', () => new Set());

/** Shows in the metrics what a consumer holds. @returns what takes it out again */
export function tellConsumer(consumer: Held): () => void {
  consumers.add(consumer);
  shared('consumerMetrics', () => {
    gauge('patron_consumer_in_flight', 'Messages that were received and are not settled.', ({ inFlight }) => inFlight);
    gauge('patron_consumer_running', 'Handlers that run.', ({ running }) => running);
    gauge('patron_consumer_parked', 'Messages that wait for their next attempt.', ({ parked }) => parked);
    return true;
  });
  return () => consumers.delete(consumer);
}

function gauge(name: string, help: string, value: (consumer: Held) => number): void {
  metrics.gauge({ name, help, labels: ['component'] as const }, (series) => {
    series.clear();
    for (const consumer of consumers) series.labels({ component: consumer.name }).set(value(consumer));
  });
}
