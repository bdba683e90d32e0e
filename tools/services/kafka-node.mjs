import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastLines } from '../lib/run.mjs';
import { metadata } from './kafka-protocol.mjs';
import { isStopped, kill } from './processes.mjs';

// A start takes 4 s, three at once 8 s; on a busy machine many times that.
const startMs = 120_000;
const termMs = 20_000;

/**
 * One node of a cluster: a process that can be killed, frozen, thawed and started again with its port and its data.
 */
export class KafkaNode {
  #member;
  #command;
  #onStart;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;
  #isFrozen = false;

  /**
   * @param {import('./kafka-properties.mjs').Member} member
   * @param {readonly string[]} command java and its arguments
   * @param {() => void} onStart told about each new process, whose number has to be noted before anything else happens
   */
  constructor(member, command, onStart) {
    this.#member = member;
    this.#command = command;
    this.#onStart = onStart;
  }

  get port() {
    return this.#member.port;
  }

  get id() {
    return this.#member.id;
  }

  /** Of the process that was started last. */
  get pid() {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error(`Kafka's node ${this.id} has not been started`);
    return pid;
  }

  get isRunning() {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Runs, and is not frozen. */
  get answers() {
    return this.isRunning && !this.#isFrozen;
  }

  /**
   * Starts it, and waits until it sees `brokers` nodes, itself among them, and a controller.
   * @param {{ brokers: number }} wanted
   */
  async start({ brokers }) {
    const [program = '', ...args] = this.#command;
    const log = openSync(this.#log, 'a');
    // In a process group of its own: the Ctrl-C that ends a test run must not reach it before its owner has decided.
    const child = spawn(program, args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    if (child.pid === undefined) {
      const [cause] = await once(child, 'error');
      throw new Error(`${program} does not start: ${cause.message}`, { cause });
    }
    this.#process = child;
    this.#isFrozen = false;
    this.#onStart();
    child.unref();
    await this.#healthy(brokers);
  }

  /**
   * Sends the signal and waits for the end of the process, which has to be one that the signal ends.
   * @param {NodeJS.Signals} [signal] default SIGKILL: no goodbye to anybody
   */
  async kill(signal = 'SIGKILL') {
    if (!this.isRunning || !this.#process) return;
    const ended = once(this.#process, 'exit');
    this.#process.ref();
    this.#process.kill(signal);
    // A frozen process keeps every signal but SIGKILL for later.
    this.#process.kill('SIGCONT');
    await ended;
  }

  /** Freezes it, and waits until it is frozen: connections stay open, and nothing answers. */
  async pause() {
    if (!this.isRunning) throw new Error(`Kafka's node ${this.id} does not run: nothing can be frozen`);
    this.#isFrozen = true;
    kill(this.pid, 'SIGSTOP');
    while (!(await isStopped(this.pid))) await delay(1);
  }

  resume() {
    this.#isFrozen = false;
    this.#process?.kill('SIGCONT');
  }

  /**
   * Ends it in order where it still runs, starts it with the same port and the same data, and waits until it is back among
   * the brokers. After a `kill()` that takes until the cluster has given up the dead process: `broker.session.timeout.ms`, 9 s.
   * Where most of the nodes are down, each waits for the others: restart them at the same time.
   */
  async restart() {
    if (this.isRunning) {
      const timer = setTimeout(() => this.#process?.kill('SIGKILL'), termMs);
      await this.kill('SIGTERM');
      clearTimeout(timer);
    }
    await this.start({ brokers: 1 });
  }

  get #log() {
    return join(this.#member.folder, 'server.log');
  }

  /** @param {number} brokers */
  async #healthy(brokers) {
    const until = performance.now() + startMs;
    for (;;) {
      // Nothing tells that a port has opened but trying; until then every error means "not yet".
      const seen = await metadata(this.port).catch(() => undefined);
      if (!this.isRunning) throw new Error(`Kafka's node ${this.id} ended while it started. ${this.#lastWords()}`);
      if (seen) {
        const isAmong = seen.brokers.some(({ id }) => id === this.id);
        if (isAmong && seen.brokers.length >= brokers && seen.controller >= 0) return;
      }
      if (performance.now() > until)
        throw new Error(`Kafka's node ${this.id} did not get ready within ${startMs / 1000} s. ${this.#lastWords()}`);
      await delay(100);
    }
  }

  #lastWords() {
    return `The last lines of its log:\n\n${lastLines(readFileSync(this.#log, 'utf8'), 25)}`;
  }
}
