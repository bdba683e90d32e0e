import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './pairs.mjs';
import { Program, programFile } from './program.mjs';
import { clientCore, ServedSide } from './served-side.mjs';

/**
 * A server that is measured.
 * @typedef {object} Server
 * @property {string} file below tools/bench
 * @property {NodeJS.ProcessEnv} [env] besides its port
 * @property {readonly string[]} [preload] modules below tools/bench that are loaded before it
 * @property {readonly string[]} [paths] asked for in turn; every answer has the same body
 * @property {readonly string[]} [headers] of each request, instead of those of the load
 * @property {boolean} [learns] whether its answers are whatever the first one is: a refusal, bytes that are compressed
 */

/**
 * What it is asked, and what follows.
 * @typedef {object} Load
 * @property {readonly string[]} [headers] of each request
 * @property {number} [output] the descriptor that the servers write to
 * @property {(side: string, requests: number, port: number) => Promise<void>} [afterwards] after each load, before its CPU
 *   time is read: waits for work that the answers did not wait for
 * @property {{ warmUp: number, counted: number }} [requests] how many
 */

/** @typedef {{ cpuUs: number, perSecond: number, busy: number }} Figures CPU time of a request, requests a second, share of the time that the server was busy */
/** @typedef {import('../main.mjs').Settings} Settings */

/** The core that the client is kept on, and whatever else is not measured. */
export const otherCore = clientCore;

/** Pairs of measurements of the same load upon each of the sides. */
export class Servers {
  #sides;
  #settings;
  #load;

  /**
   * @param {Record<string, Server>} sides
   * @param {Settings} settings
   * @param {Load} [load]
   */
  constructor(sides, settings, load = {}) {
    this.#sides = sides;
    this.#settings = settings;
    this.#load = load;
  }

  /**
   * Pair by pair, with processes of its own for each. Within a pair all sides stand side by side and are loaded in turn, a slice
   * at a time: a neighbour of the machine comes and goes within seconds, and has to hit all of them.
   * @param {(line: string) => void} progress
   * @returns {Promise<Record<string, Figures[]>>}
   */
  async inTurn(progress) {
    const names = Object.keys(this.#sides);
    /** @type {Record<string, Figures[]>} */
    const results = Object.fromEntries(names.map((side) => [side, []]));
    const { pairs } = this.#settings;
    await this.#withClient(async (client) => {
      for (let pair = 1; pair <= pairs; pair++) {
        const figures = await this.#pair(client, (text) => progress(`pair ${pair} of ${pairs}: ${text}`));
        for (const side of names) results[side]?.push(/** @type {Figures} */ (figures[side]));
      }
    });
    return results;
  }

  /**
   * Each side once more, with a CPU profile: a profiler costs time itself, so these runs are not among the pairs.
   * @param {string} folder
   * @param {(line: string) => void} progress
   * @returns {Promise<{ side: string, file: string, requests: number }[]>}
   */
  async profile(folder, progress) {
    mkdirSync(folder, { recursive: true });
    const requests = this.#requests.counted;
    return await this.#withClient(async (client) => {
      const profiles = [];
      for (const side of Object.keys(this.#sides)) {
        progress(`profile of ${side}`);
        const file = join(folder, `${side.replace(/[^\w.-]+/g, '-')}.cpuprofile`);
        await this.#withSides([side], client, async ([served]) => {
          await served?.profiled(file, requests);
        });
        profiles.push({ side, file, requests });
      }
      return profiles;
    });
  }

  get #requests() {
    return this.#load.requests ?? (this.#settings.quick ? { warmUp: 5_000, counted: 10_000 } : { warmUp: 20_000, counted: 60_000 });
  }

  /**
   * @param {Program} client
   * @param {(text: string) => void} progress
   * @returns {Promise<Record<string, Figures>>}
   */
  async #pair(client, progress) {
    const { counted } = this.#requests;
    // Where something has to be waited for after each load, that costs more than a slice.
    const slices = this.#load.afterwards === undefined ? 15 : 1;
    return await this.#withSides(Object.keys(this.#sides), client, async (served) => {
      for (let slice = 0; slice < slices; slice++) {
        progress(`slice ${slice + 1} of ${slices}`);
        for (let i = 0; i < served.length; i++) await served[(slice + i) % served.length]?.measure(counted / slices);
      }
      return Object.fromEntries(served.map((one) => [one.side, one.figures]));
    });
  }

  /**
   * @template T
   * @param {(client: Program) => Promise<T>} work
   */
  async #withClient(work) {
    const client = new Program(programFile('programs/load.mjs'), { node: this.#settings.node, core: clientCore });
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /**
   * @template T
   * @param {readonly string[]} sides
   * @param {Program} client
   * @param {(served: readonly ServedSide[]) => Promise<T>} work with all of them, warmed up
   */
  async #withSides(sides, client, work) {
    /** @type {ServedSide[]} */
    const served = [];
    try {
      for (const side of sides) {
        const one = new ServedSide(side, /** @type {Server} */ (this.#sides[side]), {
          client,
          load: this.#load,
          node: this.#settings.node,
        });
        served.push(one);
        await one.open(this.#requests.warmUp);
      }
      return await work(served);
    } finally {
      for (const one of served) await one.end();
    }
  }
}

/**
 * A server that waits for its client (or for a neighbour to leave the core) looks at fewer sockets each time it wakes, and
 * its throughput is not its own.
 * @param {Record<string, { busy: number }[]>} results
 */
export function idleServers(results) {
  const idle = Object.entries(results)
    .map(([side, values]) => ({ side, busy: median(values.map((one) => one.busy)) }))
    .filter(({ busy }) => busy < 0.9)
    .map(({ side, busy }) => `${side} ${Math.round(busy * 100)} %`);
  if (idle.length === 0) return [];
  return [
    `servers that were busy a part of the time only, so that their throughput says more about the client or the neighbours: ${idle.join(', ')}`,
  ];
}
