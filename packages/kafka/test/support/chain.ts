import type { TracingOptions } from '@patron/trace';
import { get, post, routes } from '@patron/http';
import { HttpClient } from '@patron/http/client';
import { KafkaComponent, KafkaProducer } from '@patron/kafka';
import { log } from '@patron/log';
import type { MemoryLog } from '@patron/log/testing';
import { correlationId } from '@patron/trace';
import { startService } from '../../../core/test/running-service.ts';

/** What a record brought to its consumer, and what the call that it led to brought to the end of the chain. */
export interface Journey {
  readonly consumer: {
    readonly correlationId: string | undefined;
    readonly ids: readonly string[];
    readonly traceparents: readonly string[];
  };
  readonly end: { readonly correlationId: string | undefined; readonly id: string | undefined; readonly traceparent: string | undefined };
}

/** POST /orders/:id sends a record; its consumer calls GET /stock/:id. */
export interface Chain {
  readonly port: number;
  readonly log: MemoryLog;
  /** The journey of an order, once it is over. */
  journey(id: string): Promise<Journey>;
  /** Rejects as `run()` does; what was recorded has been exported then. */
  stop(): Promise<void>;
}

/**
 * The three services of a chain in one process, where one could take the context of another; what goes from one to the next goes over TCP.
 *
 * @param held - So many orders are held until all of them are there, and go on at once.
 */
export async function startChain(
  brokers: string,
  topic: string,
  { tracing, held = 0 }: { tracing?: TracingOptions; held?: number } = {},
): Promise<Chain> {
  const producer = new KafkaProducer({ brokers });
  const client = new HttpClient({ name: 'stock' });
  const ends = new Map<string, Journey['end']>();
  const journeys = new Journeys();
  const waiting: (() => void)[] = [];
  const allHere = (): Promise<void> =>
    new Promise((resolve) => {
      if (waiting.push(resolve) >= held) for (const go of waiting.splice(0)) go();
    });

  const consumer = new KafkaComponent<{ id: string }>({
    name: 'shipping',
    brokers,
    group: `of-${topic}`,
    topics: topic,
    ordering: 'key',
    concurrency: 200,
    librdkafka: { 'session.timeout.ms': 6000 },
    async handle({ value: { id }, headers }) {
      log.info('shipping', { id });
      const answer = await client.get(`http://127.0.0.1:${port}/stock/:id`, { params: { id } });
      await answer.bytes();
      const [ids, traceparents] = [headers.getAll('x-correlation-id'), headers.getAll('traceparent')];
      journeys.over(id, { consumer: { correlationId: correlationId(), ids, traceparents }, end: ends.get(id) ?? NOWHERE });
    },
  });

  const service = await startService({
    name: 'chain',
    ...(tracing !== undefined && { tracing }),
    http: routes([
      post('/orders/:id', async ({ params: { id }, signal }) => {
        await allHere();
        log.info('ordered', { id });
        await producer.send({ topic, key: id, value: { id } }, signal);
        return { correlationId: correlationId() };
      }),
      get('/stock/:id', ({ params: { id }, headers }) => {
        log.info('looked up', { id });
        ends.set(id, {
          correlationId: correlationId(),
          id: headers['x-correlation-id'] as string,
          traceparent: headers['traceparent'] as string,
        });
        return { id };
      }),
    ]),
    components: [consumer],
    resources: [client, producer],
  });
  const { port } = service;
  await service.line({ message: 'service ready' });
  return { port, log: service.log, journey: (id) => journeys.of(id), stop: () => service.stop() };
}

const NOWHERE = { correlationId: undefined, id: undefined, traceparent: undefined };

/** Journeys by the order's id. */
class Journeys {
  readonly #over = new Map<string, Journey>();
  readonly #waiting = new Map<string, (journey: Journey) => void>();

  over(id: string, journey: Journey): void {
    this.#over.set(id, journey);
    this.#waiting.get(id)?.(journey);
  }

  of(id: string): Promise<Journey> {
    const over = this.#over.get(id);
    return over !== undefined ? Promise.resolve(over) : new Promise((resolve) => this.#waiting.set(id, resolve));
  }
}
