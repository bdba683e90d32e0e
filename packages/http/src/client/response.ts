import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { problemsOf } from '../problem.ts';
import type { StandardSchemaV1 } from '@patron/core/data';
import type { Call } from './call.ts';
import { decodeAnswerJson, decodeAnswerText } from './decode.ts';
import { HttpClientError, type HttpClientErrorCode } from './errors.ts';
import { failedCall } from './failure.ts';
import type { ReceivedBody } from './received-body.ts';

/**
 * The answer to a call, once its head is there; the body may still be coming. Read it, or `cancel()` it: a body of up to
 * 64 KiB that nobody reads is received all the same and costs nothing more; a longer one keeps its connection until the
 * timeout of the call ends it, which is logged.
 */
export class HttpClientResponse {
  /** 200 to 599. A redirect is an answer like others: none is followed. */
  readonly status: number;
  /** Names in lower case. A header that came more than once is an array. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  readonly #call: Call;
  readonly #body: ReceivedBody;
  readonly #giveUp: (error: HttpClientError) => void;
  #bytes: Promise<Buffer> | undefined;
  #streamed = false;

  /** @internal */
  constructor(call: Call, status: number, headers: IncomingHttpHeaders, body: ReceivedBody, giveUp: (error: HttpClientError) => void) {
    this.#call = call;
    this.status = status;
    this.headers = headers;
    this.#body = body;
    this.#giveUp = giveUp;
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** One header, the name in any case; where it came more than once, the values joined by `, ` (RFC 9110 §5.3). */
  header(name: string): string | undefined {
    const lower = name.toLowerCase();
    const value = Object.hasOwn(this.headers, lower) ? this.headers[lower] : undefined;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /**
   * The body as it came: nothing is unpacked. It can be asked for again, as `text()` and `json()` can.
   * @throws HttpClientError PATRON_HTTP_CLIENT_BODY_TOO_LARGE past `maxBodyBytes`; _BODY_USED after `stream()` or `cancel()`;
   * _TIMEOUT, _FAILED.
   */
  bytes(): Promise<Buffer> {
    this.#bytes ??= this.#collect();
    return this.#bytes;
  }

  /** The body as text. @throws HttpClientError as `bytes()`; PATRON_HTTP_CLIENT_BODY_INVALID where it is compressed or not UTF-8. */
  async text(): Promise<string> {
    const text = decodeAnswerText(await this.bytes(), this);
    return typeof text === 'string' ? text : this.#refuse(text.problem);
  }

  /**
   * The body as JSON. Without a schema nobody has looked at what is in it, so its type is `unknown`.
   *
   * @param schema - Of any Standard Schema library; what it makes of the body is returned.
   * @throws HttpClientError as `bytes()`; PATRON_HTTP_CLIENT_BODY_INVALID where it is compressed, no JSON in UTF-8, nested
   * deeper than 100 levels, has a key that reaches prototypes, or does not fit the schema.
   */
  json(): Promise<unknown>;
  json<T>(schema: StandardSchemaV1<unknown, T>): Promise<T>;
  async json(schema?: StandardSchemaV1): Promise<unknown> {
    const decoded = decodeAnswerJson(await this.bytes(), this);
    if ('problem' in decoded) return this.#refuse(decoded.problem, decoded.cause);
    if (schema === undefined) return decoded.value;
    const result = await schema['~standard'].validate(decoded.value);
    if (result.issues === undefined) return result.value;
    const problems = problemsOf('body', result.issues).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    return this.#refuse(`does not fit its schema: ${problems.join('; ')}`);
  }

  /**
   * The body as a stream, which comes no faster than it is read and has no limit of bytes; the timeout of the call holds
   * for it. Destroying it frees the connection. Once only. @throws HttpClientError PATRON_HTTP_CLIENT_BODY_USED
   */
  stream(): Readable {
    if (this.#streamed || this.#bytes !== undefined) {
      throw this.#error('PATRON_HTTP_CLIENT_BODY_USED', 'the body of the answer is being read already, as bytes or as a stream');
    }
    this.#streamed = true;
    // An iterator, and not pushes from the connection: what listens to the stream then runs in the context of whoever reads,
    // not of whichever call opened the connection. And not a generator, which can't be stopped while it waits.
    const pieces: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: () => this.#pieces() };
    return Readable.from(pieces, { objectMode: false });
  }

  /** Nobody wants what is left of the body: the connection is free, or closed where much of it is still to come. */
  cancel(): void {
    this.#body.drop(this.#error('PATRON_HTTP_CLIENT_BODY_USED', 'the body of the answer was cancelled'));
  }

  /**
   * This answer, where its status is 200 to 299; else its body is dropped.
   * @throws HttpClientError PATRON_HTTP_CLIENT_STATUS with the status
   *
   * @example
   * ```ts
   * import { createServer } from 'node:http';
   * import { HttpClient, HttpClientError } from '@patron/http/client';
   *
   * const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1', async () => {
   *   const { port } = server.address() as { port: number };
   *   const client = new HttpClient({ baseUrl: `http://127.0.0.1:${port}` });
   *   const answer = await client.get('/orders/:id', { params: { id: 7 } });
   *   try {
   *     console.log(await answer.throwIfNotOk().json());
   *   } catch (error) {
   *     if (error instanceof HttpClientError) console.log(error.code, error.status); // PATRON_HTTP_CLIENT_STATUS 404
   *   }
   *   await client.close();
   *   server.close();
   * });
   * ```
   */
  throwIfNotOk(): this {
    if (this.ok) return this;
    this.cancel();
    throw this.#error('PATRON_HTTP_CLIENT_STATUS', `answered ${this.status}`);
  }

  async #collect(): Promise<Buffer> {
    if (this.#streamed) throw this.#error('PATRON_HTTP_CLIENT_BODY_USED', 'the body of the answer went to its stream');
    const { maxBodyBytes, method } = this.#call;
    // One that announces more is refused before it is received. A HEAD announces what it does not send.
    const announced = method === 'HEAD' ? 0 : Number(this.header('content-length') ?? 0);
    const bytes = announced > maxBodyBytes ? undefined : await this.#body.collect(maxBodyBytes);
    if (bytes !== undefined) return bytes;
    const error = this.#error('PATRON_HTTP_CLIENT_BODY_TOO_LARGE', `the body of the answer is longer than ${maxBodyBytes} bytes`);
    this.#giveUp(error);
    throw error;
  }

  #pieces(): AsyncIterator<Buffer> {
    return {
      next: async () => {
        const value = await this.#body.next();
        return value === undefined ? { done: true, value } : { done: false, value };
      },
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  #refuse(problem: string, cause?: unknown): never {
    throw this.#error('PATRON_HTTP_CLIENT_BODY_INVALID', `the body of the answer ${problem}`, cause === undefined ? undefined : { cause });
  }

  #error(code: HttpClientErrorCode, problem: string, options?: ErrorOptions): HttpClientError {
    return new HttpClientError(code, failedCall(this.#call, this.status), problem, options);
  }
}
