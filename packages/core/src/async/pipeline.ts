import type { Delivery, Settlement } from './delivery.ts';
import { isPromise } from './decode.ts';
import { type MessageFailedError, MessageLostError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { type Held, instrumentsOf, type SourceInstruments } from './instruments.ts';
import { Lanes } from './lanes.ts';
import type { ResolvedConsumer } from './options.ts';
import { Processing } from './processing.ts';
import { Task } from './task.ts';
import { TaskList } from './task-list.ts';
import type { Transport } from './transport.ts';

/** How long handlers that are not asynchronous may keep the event loop to themselves. */
const STRETCH_MS = 10;
const LOOK_EVERY = 32;

/** What is told of what goes on. */
export interface PipelineEvents<M> {
  /** A message has failed that must not be passed over; nothing begins any more. */
  onExit(error: MessageFailedError): void;
  /** The broker could not be told what became of a message: it will give it again. */
  onSettleError(task: Task<M>, error: unknown): void;
}

/**
 * Lets the handlers run: up to `concurrency` at once, never two of one lane; each message until it is settled, once. It knows
 * no connection; {@link Drain} takes away what goes on here.
 */
export class Pipeline<M> implements Held {
  readonly name: string;
  /** Every message that was taken and is not done, the oldest first. */
  readonly tasks = new TaskList<Task<M>>();
  /** Called with each task that is done, or that begins to wait for its next try. */
  readonly watchers = new Set<(task: Task<M>) => void>();
  readonly #transport: Transport<M>;
  readonly #processing: Processing<M>;
  readonly #events: PipelineEvents<M>;
  readonly #sources = new Map<string, SourceInstruments>();
  readonly #lanes = new Lanes<M>();
  readonly #ready = new Fifo<Task<M>>();
  readonly #concurrency: number;
  readonly #prefetch: number;
  readonly #maxParked: number;
  #running = 0;
  #parked = 0;
  #isPumping = false;
  #isClosed = false;
  #isHalted = false;
  #tellRoom: (() => void) | undefined;

  constructor(transport: Transport<M>, options: ResolvedConsumer<M>, events: PipelineEvents<M>) {
    this.name = options.name;
    this.#transport = transport;
    this.#events = events;
    this.#processing = new Processing(transport, options, this);
    this.#concurrency = options.concurrency;
    this.#prefetch = transport.prefetch ?? options.concurrency;
    this.#maxParked = options.maxParkedLanes;
  }

  get inFlight(): number {
    return this.tasks.size;
  }

  /** Places of `concurrency` that are taken. */
  get running(): number {
    return this.#running;
  }

  get parked(): number {
    return this.#parked;
  }

  /** Whether nothing begins any more, after a message that must not be passed over. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Whether it wants more. What is parked does not count: it must not starve the rest. */
  get hasRoom(): boolean {
    return this.#isClosed || this.tasks.size - this.#parked < this.#prefetch;
  }

  /** Resolves when there is room again, or nothing is wanted at all. */
  async room(): Promise<void> {
    while (!this.hasRoom) await new Promise<void>((resolve) => (this.#tellRoom = resolve));
  }

  /** Takes messages in; those that come after {@link close} are released. */
  take(deliveries: readonly Delivery<M>[]): void {
    const now = performance.now();
    for (const delivery of deliveries) {
      const instruments = this.#instruments(delivery.source);
      instruments.received.inc();
      const task = new Task(delivery, instruments, now);
      this.tasks.add(task);
      if (this.#isClosed) this.settle(task, 'release');
      else if (this.#lanes.enter(task)) this.#ready.push(task);
    }
    this.#pump();
  }

  /** Takes nothing in until {@link open}; what is here goes on. */
  close(): void {
    this.#isClosed = true;
    this.#offerRoom();
  }

  open(): void {
    this.#isClosed = false;
  }

  /** Leaves a task that is no longer ours: at once where nobody works on it; else its handler is told, and it is left when that is done. */
  lose(task: Task<M>, why: string): void {
    if (task.isLost || task.state === 'done') return;
    task.isLost = true;
    task.abort(new MessageLostError(`${task.delivery.id}: ${why}`));
    this.drop(task);
  }

  /** Leaves a task that nobody works on now: another consumer will get it. */
  drop(task: Task<M>): void {
    if (task.state !== 'waiting' && task.state !== 'parked') return;
    this.#unpark(task);
    this.settle(task, 'release');
  }

  park(task: Task<M>, ms: number, step: () => void): void {
    task.state = 'parked';
    task.step = step;
    if (this.#parked < this.#maxParked) {
      this.#parked++;
      this.#freePlace(task);
    }
    task.resume = () => {
      this.#unpark(task);
      if (task.hasPlace) this.#go(task);
      else this.#ready.push(task);
      this.#pump();
    };
    task.timer = setTimeout(task.resume, Math.max(0, ms));
    this.#offerRoom();
    for (const watch of this.watchers) watch(task);
    this.#pump();
  }

  exit(error: MessageFailedError): void {
    this.#isHalted = true;
    this.close();
    this.#events.onExit(error);
  }

  /** Tells the broker; the task is done then, whatever the broker answers: what it has not heard, it gives again. */
  settle(task: Task<M>, how: Settlement): void {
    task.state = 'settling';
    const { settled } = task.instruments;
    const unheard = (error: unknown): void => {
      settled.error.inc();
      this.#events.onSettleError(task, error);
    };
    let told: void | Promise<void>;
    try {
      told = task.delivery.settle(how);
    } catch (error) {
      unheard(error);
      this.#done(task);
      return;
    }
    if (told === undefined || !isPromise(told)) {
      settled[how].inc();
      this.#done(task);
    } else void told.then(() => settled[how].inc(), unheard).then(() => this.#done(task));
  }

  #done(task: Task<M>): void {
    task.state = 'done';
    this.#freePlace(task);
    this.tasks.delete(task);
    const next = this.#lanes.leave(task);
    if (next !== undefined) this.#ready.push(next);
    this.#offerRoom();
    for (const watch of this.watchers) watch(task);
    this.#pump();
  }

  #pump(): void {
    if (this.#isPumping || this.#isHalted) return;
    this.#isPumping = true;
    let since = 0;
    for (let count = 1; this.#running < this.#concurrency; count++) {
      const task = this.#ready.shift();
      if (task === undefined) break;
      if (task.state !== 'waiting') continue; // dropped meanwhile
      this.#go(task);
      if (count % LOOK_EVERY !== 0) continue;
      const now = performance.now();
      if (since === 0) since = now;
      else if (now - since > STRETCH_MS) {
        setImmediate(() => this.#pump());
        break;
      }
    }
    this.#isPumping = false;
  }

  #go(task: Task<M>): void {
    if (!task.hasPlace) {
      task.hasPlace = true;
      this.#running++;
    }
    task.state = 'running';
    task.isStalled = false;
    task.startedAt = performance.now();
    const { step, instruments, delivery } = task;
    task.step = undefined;
    if (step !== undefined) {
      step();
      return;
    }
    instruments.queueTime.observe((task.startedAt - task.takenAt) / 1000);
    const { group, position } = delivery;
    if (group !== undefined && position !== undefined && position > group.begun) group.begun = position;
    this.#processing.begin(task);
  }

  #unpark(task: Task<M>): void {
    clearTimeout(task.timer);
    if (task.state === 'parked' && !task.hasPlace) this.#parked--;
    task.state = 'waiting';
    task.resume = undefined;
  }

  #freePlace(task: Task<M>): void {
    if (!task.hasPlace) return;
    task.hasPlace = false;
    this.#running--;
  }

  #offerRoom(): void {
    if (this.#tellRoom === undefined || !this.hasRoom) return;
    this.#tellRoom();
    this.#tellRoom = undefined;
  }

  #instruments(source: string): SourceInstruments {
    let instruments = this.#sources.get(source);
    if (instruments === undefined) {
      instruments = instrumentsOf(this.#transport.system, source, this.#transport.consumerGroup ?? '');
      this.#sources.set(source, instruments);
    }
    return instruments;
  }
}
