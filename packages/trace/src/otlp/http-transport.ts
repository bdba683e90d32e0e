import { request as requestHttp, type Agent } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Reply, Transport } from './exporter.ts';
import type { HttpOptions } from './sdk-modules.ts';

const compress = promisify(gzip);
/** Statuses after which OTLP/HTTP lets a client try again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE = new Set([429, 502, 503, 504]);
const MAX_ANSWER_BYTES = 1024 * 1024;

interface Answer {
  status: number;
  retryAfter: string | undefined;
  body: Buffer;
}

/** OTLP over HTTP. */
export class HttpTransport implements Transport {
  readonly target: string;
  readonly #url: URL;
  readonly #options: HttpOptions;
  #agent: Promise<Agent> | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.target = `${this.#url.origin}${this.#url.pathname}`;
  }

  async send(bytes: Uint8Array, signal: AbortSignal): Promise<Reply> {
    const headers: Record<string, string> = { ...(await this.#options.headers()) };
    const isCompressed = this.#options.compression === 'gzip';
    const sent = isCompressed ? await compress(bytes) : bytes;
    if (isCompressed) headers['Content-Encoding'] = 'gzip';
    headers['Content-Length'] = String(sent.length);
    const { status, retryAfter, body } = await this.#request(sent, headers, signal);
    if (status >= 200 && status <= 299) return { body };
    const problem = new Error(`${this.target} answered ${status}${excerpt(body)}`);
    return RETRYABLE.has(status) ? { problem, again: true, waitMs: retryAfterMs(retryAfter), body } : { problem, body };
  }

  async close(): Promise<void> {
    (await this.#agent)?.destroy();
  }

  async #request(body: Uint8Array, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    this.#agent ??= Promise.resolve(this.#options.agentFactory(this.#url.protocol));
    const agent = await this.#agent;
    const request = this.#url.protocol === 'https:' ? process.getBuiltinModule('node:https').request : requestHttp;
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#url, { method: 'POST', headers, agent, signal }, (incoming) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        incoming.on('data', (piece: Buffer) => {
          bytes += piece.length;
          if (bytes <= MAX_ANSWER_BYTES) pieces.push(piece);
          else outgoing.destroy(new Error(`${this.target} answered more than ${MAX_ANSWER_BYTES} bytes`));
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'], body: Buffer.concat(pieces) }),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

function excerpt(body: Buffer): string {
  const text = body
    .toString('utf8', 0, 200)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
  return text === '' ? '' : `: ${text}`;
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
