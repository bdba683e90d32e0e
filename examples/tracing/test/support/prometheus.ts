import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../../tools/services/ports.mjs';

/** Debian's package `prometheus` has it; the variable names another one. */
export const prometheusBinary = process.env['PROMETHEUS'] ?? 'prometheus';

/** One series of an answer. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A Prometheus that scrapes the given services, as the example's configuration says, but every second. */
export class Prometheus {
  readonly #folder = mkdtempSync(join(tmpdir(), 'patron-prometheus-'));
  readonly #targets: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #address = '';
  #said: Promise<string> = Promise.resolve('');

  /** @param targets - What stands in the configuration, and the address to scrape instead. */
  constructor(targets: Readonly<Record<string, string>>) {
    this.#targets = targets;
  }

  async start(): Promise<void> {
    cpSync(fileURLToPath(new URL('../../prometheus', import.meta.url)), this.#folder, { recursive: true });
    const file = join(this.#folder, 'prometheus.yml');
    let config = readFileSync(file, 'utf8').replace(/(scrape|evaluation)_interval: 5s/g, '$1_interval: 1s');
    for (const [target, address] of Object.entries(this.#targets)) config = config.replace(target, new URL(address).host);
    writeFileSync(file, config);
    this.#address = `127.0.0.1:${await freePort()}`;
    this.#child = spawn(
      prometheusBinary,
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=${this.#address}`,
        '--enable-feature=exemplar-storage',
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const { stderr } = this.#child;
    if (stderr !== null) this.#said = text(stderr);
    const gone = once(this.#child, 'exit').then(async ([code]): Promise<never> => {
      throw new Error(`prometheus ended with code ${code}:\n${await this.#said}`);
    });
    gone.catch(() => undefined); // who stops it ends it
    await Promise.race([this.#ready(), gone]);
  }

  /** What a query gives now. @throws Error with what Prometheus finds wrong with it */
  async query(expr: string): Promise<readonly Sample[]> {
    return (await this.get<{ result: Sample[] }>('query', { query: expr })).result;
  }

  /** What its API answers. @throws Error with what Prometheus finds wrong with it */
  async get<T>(path: string, parameters: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`http://${this.#address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const body = (await answer.json()) as { status: string; error?: string; data: T };
    if (body.status !== 'success') throw new Error(`${JSON.stringify(parameters)}: ${body.error}`);
    return body.data;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (const patience = AbortSignal.timeout(20_000); ; patience.throwIfAborted()) {
      const answer = await fetch(`http://${this.#address}/-/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      await wait(50);
    }
  }
}
