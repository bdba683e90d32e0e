import type { Reply, Transport } from './exporter.ts';
import type { Grpc, GrpcClient, GrpcOptions } from './sdk-modules.ts';

/** Statuses after which OTLP/gRPC lets a client try again (OTLP specification, "Failures"): what may be over the next time. */
const RETRYABLE = new Set([1, 4, 10, 11, 14, 15]);
const GZIP = 2;
const NONE = new Uint8Array();

/** OTLP over gRPC, by the gRPC library that the SDK brings. A call can be cancelled, which the SDK's own exporter leaves out. */
export class GrpcTransport implements Transport {
  readonly target: string;
  readonly #grpc: Grpc;
  readonly #options: GrpcOptions;
  readonly #method: string;
  #client: GrpcClient | undefined;

  /** @param method - `/package.Service/Method`. */
  constructor(grpc: Grpc, options: GrpcOptions, method: string) {
    this.#grpc = grpc;
    this.#options = options;
    this.#method = method;
    this.target = options.url;
  }

  send(body: Uint8Array, signal: AbortSignal): Promise<Reply> {
    const client = (this.#client ??= this.#connect());
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(this.#method, asBuffer, asBuffer, body, this.#options.metadata(), {}, (error, answer) => {
        signal.removeEventListener('abort', cancel);
        if (error === null) resolve({ body: answer ?? NONE });
        else if (signal.aborted) reject(signal.reason as Error);
        else {
          const problem = new Error(`${this.target}: ${error.message}`);
          resolve({ problem, again: RETRYABLE.has(error.code), body: NONE });
        }
      });
      const cancel = (): void => {
        // Who did not answer in time may be gone without a word: the next batch tries a connection of its own.
        this.#close(client);
        call.cancel();
      };
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel);
    });
  }

  async close(): Promise<void> {
    if (this.#client !== undefined) this.#close(this.#client);
  }

  #connect(): GrpcClient {
    const compression = this.#options.compression === 'gzip' ? GZIP : 0;
    return new this.#grpc.Client(this.#options.url, this.#options.credentials(), { 'grpc.default_compression_algorithm': compression });
  }

  /** Calls of others that are on their way come to their end. */
  #close(client: GrpcClient): void {
    if (this.#client === client) this.#client = undefined;
    client.close();
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
