import { get } from 'node:http';
import { log } from '@patron/log';
import { outsideOfAll } from '../spans/suppress.ts';
import { probabilistic, type Sampler } from './sampler.ts';
import { samplerOf } from './strategy.ts';

/** Where the sampling strategy is asked for. */
export interface RemoteOptions {
  /** Jaeger's sampling endpoint, `http://jaeger:5778/sampling`. */
  endpoint: string;
  /** The service whose strategy it is. */
  service: string;
  /** The share of traces until the first answer, 0 to 1. */
  initial: number;
  /** How often it is asked. @default 60000 */
  pollMs: number;
}

const TIMEOUT_MS = 5000;
const MAX_BYTES = 1024 * 1024;

/**
 * Does what Jaeger's sampling endpoint says, which is asked again and again. While it does not answer, or answers nonsense,
 * its last good answer stays in force; before there was one, the share to begin with does.
 */
export class RemoteSampler implements Sampler {
  readonly #url: URL;
  readonly #poll: NodeJS.Timeout;
  #sampler: Sampler;
  #text = '';
  #failing = false;

  constructor({ endpoint, service, initial, pollMs }: RemoteOptions) {
    this.#url = new URL(endpoint);
    this.#url.searchParams.set('service', service);
    this.#sampler = probabilistic(initial);
    this.#poll = outsideOfAll(() => {
      void this.refresh();
      return setInterval(() => void this.refresh(), pollMs).unref();
    });
  }

  get description(): string {
    return `remote (${this.#url.origin}${this.#url.pathname}), now ${this.#sampler.description}`;
  }

  sample(traceId: string, name: string): boolean {
    return this.#sampler.sample(traceId, name);
  }

  close(): void {
    clearInterval(this.#poll);
  }

  /** Asks once. Never rejects. */
  async refresh(): Promise<void> {
    try {
      const text = await fetchText(this.#url);
      // The same answer must not begin a new second's worth of traces.
      if (text !== this.#text) {
        this.#sampler = samplerOf(JSON.parse(text));
        this.#text = text;
        log.info('sampling strategy received', { sampler: this.#sampler.description });
      } else if (this.#failing) log.info('the sampling endpoint answers again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        log.warn('the sampling endpoint gives no strategy', { endpoint: this.#url.href, sampler: this.description, error });
      this.#failing = true;
    }
  }
}

function fetchText(url: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { timeout: TIMEOUT_MS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > MAX_BYTES) request.destroy(new Error(`it answered more than ${MAX_BYTES} bytes`));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`it answered ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    // What polls must not hold the process open.
    request.on('socket', (socket) => socket.unref());
    request.on('timeout', () => request.destroy(new Error(`it did not answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', reject);
  });
}
