import type { Control, Delivery, Intake } from '@patron/core/async';
import { log } from '@patron/log';
import { BackPressure } from './back-pressure.ts';
import { Channel } from './channel.ts';
import { CODES, type LibraryError, type RawRecord, type TopicPartitionOffset } from './client.ts';
import { ConsumerClient } from './consumer-client.ts';
import { Committer } from './committer.ts';
import { KafkaError } from './errors.ts';
import { finalError, isFinal } from './final-error.ts';
import { FreezeWatch } from './freeze-watch.ts';
import { Health } from './health.ts';
import { tellIntake } from './instruments.ts';
import { isWithin } from './is-within.ts';
import type { KafkaMessage } from './message.ts';
import { MetadataPace } from './metadata-pace.ts';
import type { KafkaConfig } from './options.ts';
import { otherClient } from './other-client.ts';
import { Partitions } from './partitions.ts';
import { Poller } from './poller.ts';
import { Rebalancer } from './rebalancer.ts';
import { BrokerWatch } from './statistics.ts';

/** What a last commit and a goodbye may take. librdkafka's own goodbye may take for ever. */
const COMMIT_MS = 5000;
const DISCONNECT_MS = 5000;
/** A question whose answer is worth nothing later; the goodbye waits for it. */
const METADATA_MS = 500;

/** One client of the group, from its connection until it is closed or breaks. */
export class KafkaIntake implements Intake<KafkaMessage> {
  readonly #config: KafkaConfig;
  readonly #client: ConsumerClient;
  readonly #channel = new Channel<readonly Delivery<KafkaMessage>[]>();
  readonly #partitions: Partitions;
  readonly #committer: Committer;
  readonly #rebalancer: Rebalancer;
  readonly #pace: MetadataPace;
  readonly #pressure: BackPressure;
  readonly #poller: Poller;
  readonly #brokers = new BrokerWatch();
  readonly #health: Health;
  readonly #freezes: FreezeWatch;
  readonly #signal: AbortSignal;
  #untell: () => void = () => undefined;
  #isStopping = false;

  constructor(config: KafkaConfig, control: Control, signal: AbortSignal) {
    this.#config = config;
    this.#client = new ConsumerClient(config.settings, {
      onRebalance: (code, partitions) => {
        this.#pace.onRebalance();
        this.#rebalancer.on(code, partitions);
      },
      onCommit: (code, offsets) => this.#committer.answered(code, offsets),
      onEndOfPartition: (end) => this.#poller.atEnd(end),
      onError: (error) => this.#onEvent(error),
      onLog: (facility, severity, message) => this.#onLog(facility, severity, message),
      onStatistics: (json) => this.#onStatistics(json),
    });
    this.#partitions = new Partitions(config, { onRoom: (partition) => this.#pressure.onRoom(partition) });
    this.#pressure = new BackPressure(this.#client, this.#partitions);
    this.#committer = new Committer(this.#client, this.#partitions, config.consumer.name);
    this.#poller = new Poller(this.#client, config.maxBuffered, {
      onRecords: (records, ends) => this.#take(records, ends),
      onError: (error) => this.#onConsumeError(error),
      ease: () => this.#pressure.ease(),
    });
    this.#rebalancer = new Rebalancer(this.#client, control, this.#partitions, this.#committer, config, {
      turn: () => this.#poller.turn(),
      onBroken: (error) => this.#break(error),
    });
    this.#pace = new MetadataPace(() => this.#client.describe(askedFor(config), METADATA_MS));
    const other = otherClient(config, askedFor(config));
    this.#health = new Health(this.#client, this.#partitions, this.#rebalancer, this.#brokers, other, (error) => this.#break(error));
    this.#freezes = new FreezeWatch(config.sessionTimeoutMs, (ms) => this.#onThaw(ms));
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    if (signal.aborted) this.#stop();
  }

  get deliveries(): AsyncIterable<readonly Delivery<KafkaMessage>[]> {
    return this.#channel;
  }

  /** Connects and joins the group. @throws KafkaError */
  async open(): Promise<void> {
    const { topics, connectTimeoutMs, allowMissingTopics, brokers, commitIntervalMs } = this.#config;
    const names = topics.filter((topic) => !topic.startsWith('^'));
    const missing: string[] = [];
    try {
      const first = askedFor(this.#config);
      const others = names.slice(1);
      if ((await this.#unlessStopped(this.#client.connect(first, connectTimeoutMs))) === 0 && names.length > 0) missing.push(first);
      for (const topic of others) {
        if ((await this.#unlessStopped(this.#client.describe(topic, connectTimeoutMs))).partitions === 0) missing.push(topic);
      }
    } catch (error) {
      const goodbye = this.#disconnect();
      this.#signal.throwIfAborted(); // what was under way ends behind us
      await goodbye;
      const why = this.#health.lastProblem ?? (error as Error).message;
      throw new KafkaError(
        'PATRON_KAFKA_UNREACHABLE',
        `no broker of ${brokers.join(', ')} answered within ${connectTimeoutMs / 1000} s: ${why}`,
        {
          cause: error,
        },
      );
    }
    if (missing.length > 0 && !allowMissingTopics) {
      await this.#disconnect();
      const what = missing.length === 1 ? `the topic ${missing[0]} does` : `the topics ${missing.join(', ')} do`;
      throw new KafkaError(
        'PATRON_KAFKA_TOPIC_MISSING',
        `${what} not exist; make what is missing, or set allowMissingTopics to wait for it`,
      );
    }
    this.#client.subscribe(topics);
    this.#poller.start((error) => this.#break(error));
    this.#committer.start(commitIntervalMs);
    this.#health.start();
    this.#freezes.start();
    this.#untell = tellIntake({ group: this.#config.group, partitions: this.#partitions, brokers: this.#brokers });
  }

  ready(): ReturnType<Health['ready']> {
    return this.#health.ready();
  }

  info(): Record<string, unknown> {
    const { brokers, group, topics, ordering } = this.#config;
    const partitions: Record<string, unknown> = {};
    for (const { topic, number, held, committed, isPaused } of this.#partitions)
      partitions[`${topic}/${number}`] = { held, committed: committed < 0 ? null : committed, paused: isPaused };
    return { brokers, group, topics, ordering, partitions, rebalances: this.#rebalancer.rebalances, pauses: this.#pressure.pauses };
  }

  async close(deadline: AbortSignal): Promise<void> {
    this.#untell();
    this.#freezes.stop();
    this.#health.stop();
    this.#pace.stop();
    this.#committer.stop();
    // Everything is settled or left, so a rebalance that is under way has nothing to wait for.
    await isWithin(this.#rebalancer.close(), COMMIT_MS, deadline);
    await isWithin(this.#committer.last([...this.#partitions], COMMIT_MS), COMMIT_MS, deadline);
    for (const partition of [...this.#partitions]) this.#partitions.remove(partition);
    await this.#poller.stop();
    if (!(await this.#disconnect()))
      throw new Error(
        `its client did not say goodbye within ${DISCONNECT_MS / 1000} s; the group gives its partitions away when its session ends`,
      );
  }

  /** A stop need not wait for a broker that does not answer. */
  #unlessStopped<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(this.#signal.reason as Error);
      work.then(resolve, reject).finally(() => this.#signal.removeEventListener('abort', stop));
      if (this.#signal.aborted) stop();
      else this.#signal.addEventListener('abort', stop);
    });
  }

  #take(records: readonly RawRecord[], ends: readonly TopicPartitionOffset[]): void {
    if (this.#isStopping) return; // never begun, so never committed
    this.#freezes.look();
    const deliveries: Delivery<KafkaMessage>[] = [];
    for (const record of records) {
      const delivery = this.#partitions.get(record.topic, record.partition)?.take(record);
      if (delivery !== undefined) deliveries.push(delivery);
    }
    for (const { topic, partition, offset } of ends) this.#partitions.get(topic, partition)?.reachEnd(offset);
    if (deliveries.length > 0) this.#channel.push(deliveries);
  }

  /** Takes no more; polling goes on, as what is under way has to be committed yet. */
  #stop(): void {
    this.#isStopping = true;
    this.#channel.end();
  }

  #break(error: unknown): void {
    this.#rebalancer.loseAll('its client broke');
    this.#channel.fail(error);
  }

  #onConsumeError(error: LibraryError): void {
    if (error.code === CODES.maxPollExceeded) this.#rebalancer.loseAll('the event loop stood still for longer than max.poll.interval.ms');
    else if (isFinal(error)) throw finalError(error);
    else this.#health.onProblem(error.message);
  }

  /** Of events, librdkafka's words are all there is: node-rdkafka does not hand on their codes. */
  #onEvent(error: LibraryError): void {
    this.#health.lastProblem ??= error.message;
    this.#pace.onTrouble();
    if (/fatal error/i.test(error.message)) this.#break(finalError({ ...error, message: error.message, code: CODES.fatal }));
  }

  #onLog(facility: string, severity: number, message: string): void {
    log.debug('librdkafka', { component: this.#config.consumer.name, facility, severity, text: message });
    if (facility === 'SESSTMOUT' || facility === 'MAXPOLL') this.#rebalancer.loseAll(message);
    if (facility === 'FAIL') this.#health.onProblem(message); // names the broker and what the system said; events only that there is none
    if (facility === 'FAIL' || facility === 'REQTMOUT') this.#pace.onTrouble(); // of a frozen broker there is but the second
  }

  /**
   * Its group may have given everything away, or not: then nothing would be taken away here, and nothing come again of what is
   * dropped. So it begins anew, whichever it was.
   */
  #onThaw(ms: number): void {
    const { sessionTimeoutMs } = this.#config;
    const problem = `its process stood still for ${Math.round(ms / 1000)} s, and its session lasts ${sessionTimeoutMs / 1000} s`;
    this.#break(new KafkaError('PATRON_KAFKA_SESSION_LOST', problem));
  }

  #onStatistics(json: string): void {
    this.#brokers.take(json, performance.now());
    this.#health.onStatistics();
  }

  #disconnect(): Promise<boolean> {
    this.#pace.stop();
    try {
      this.#client.unassignAll();
    } catch (error) {
      log.debug('partitions not given back before the goodbye', { component: this.#config.consumer.name, error });
    }
    return isWithin(this.#client.disconnect(), DISCONNECT_MS);
  }
}

/** Something has to be asked for, or all topics of the cluster are. */
function askedFor({ topics }: KafkaConfig): string {
  return topics.find((topic) => !topic.startsWith('^')) ?? '__consumer_offsets';
}
