import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LogLine, ServiceProcess } from '../../../core/test/support/service-process.ts';
import type { KafkaOptions } from '../../src/options.ts';
import { type Entry, Ledgers } from './ledger.ts';

/** What a member runs with. */
export interface MemberOptions extends Omit<Partial<KafkaOptions>, 'handle' | 'name'> {
  readonly workMs?: number;
  readonly slow?: { readonly value: number; readonly ms: number };
  readonly isHeedless?: boolean;
  /** Whether it says at its end how much it has held. */
  readonly isWatched?: boolean;
  /** Of a consumer that misbehaves. */
  readonly mode?: 'early' | 'deaf';
}

export interface Leave {
  readonly code: number | null;
  readonly ms: number;
}

/** Processes that share a topic, each with a ledger of its own, also of those that have ended. */
export class ConsumerGroup {
  /** Those that run. */
  readonly members: ServiceProcess[] = [];
  /** All there ever were. */
  readonly all: ServiceProcess[] = [];
  readonly ledgers: Ledgers;
  readonly #options: MemberOptions & { brokers: string; group: string; topics: string };
  readonly #folder: string;

  constructor(folder: string, options: MemberOptions & { brokers: string; group: string; topics: string }) {
    this.#folder = folder;
    this.#options = options;
    this.ledgers = new Ledgers(folder, `${options.group}-`);
  }

  start(): ServiceProcess {
    const { mode, group } = this.#options;
    const ledger = join(this.#folder, `${group}-${this.all.length + 1}`);
    const program = mode === undefined ? 'verifiable-consumer.mjs' : 'misbehaving-consumer.mjs';
    const file = fileURLToPath(new URL(program, import.meta.url));
    const member = new ServiceProcess(file, [JSON.stringify({ ...this.#options, ledger })]);
    this.members.push(member);
    this.all.push(member);
    return member;
  }

  /** Starts some, and waits until each has a part of the topic. */
  async join(count: number): Promise<ServiceProcess[]> {
    const members = Array.from({ length: count }, () => this.start());
    for (const member of members) await member.line('partitions assigned');
    return members;
  }

  /** Ends it as a crash does. */
  async crash(member: ServiceProcess): Promise<void> {
    this.#remove(member);
    member.kill('SIGKILL');
    await member.ended();
  }

  /** Ends it as an orchestrator does. */
  async leave(member: ServiceProcess): Promise<Leave> {
    this.#remove(member);
    const start = performance.now();
    member.kill('SIGTERM');
    const { code, at } = await member.ended();
    return { code, ms: at - start };
  }

  async leaveAll(): Promise<Leave[]> {
    return Promise.all([...this.members].map((member) => this.leave(member)));
  }

  handled(): readonly Entry[] {
    this.ledgers.look();
    return this.ledgers.entries;
  }

  /** What all of them have logged with this message. */
  lines(msg: string): LogLine[] {
    return this.all.flatMap(({ lines }) => lines.filter((line) => line.msg === msg));
  }

  writeLogs(): void {
    this.all.forEach((member, index) => writeFileSync(join(this.#folder, `log-${this.#options.group}-${index + 1}`), `${member.dump()}\n`));
  }

  #remove(member: ServiceProcess): void {
    const index = this.members.indexOf(member);
    if (index >= 0) this.members.splice(index, 1);
  }
}
