import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as OTLP has it in JSON, with the service that sent it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A request as it came. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

type Answer = (response: ServerResponse, spans: readonly ReceivedSpan[]) => void;

const accept: Answer = (response) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');

/** A receiver of OTLP/HTTP in JSON, which needs no code of ours or of the SDK to be read. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly requests: ReceivedRequest[] = [];
  /** What it answers with. */
  answer: Answer = accept;
  /** Counts spans and does not keep them: for more than are worth looking at. */
  countsOnly = false;
  /** Spans that have come. */
  count = 0;
  readonly #server: Server;
  readonly #watchers = new Set<() => void>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      this.requests.push({ path: request.url ?? '', headers: request.headers });
      const bytes = Buffer.concat(await request.toArray());
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
      const spans = this.countsOnly ? [] : spansOf(JSON.parse(body.toString()) as Export);
      this.answer(response, spans);
      if (response.statusCode === 200) {
        this.count += this.countsOnly ? occurrences(body, '"spanId":') : spans.length;
        this.spans.push(...spans);
      }
      for (const look of this.#watchers) look();
    });
  }

  static async open(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Waits for what has to come. */
  async until(what: () => boolean, ms = 10_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!what()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`nothing of that within ${ms} ms, only ${this.spans.length} spans in ${this.requests.length} requests`));
      }, ms);
      this.#watchers.add(look);
      look();
    });
  }

  /** The spans of a trace, once there are so many. */
  async trace(traceId: string, count: number): Promise<ReceivedSpan[]> {
    const found = (): ReceivedSpan[] => this.spans.filter((span) => span.traceId === traceId);
    await this.until(() => found().length >= count);
    return found();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}

function occurrences(bytes: Buffer, text: string): number {
  let count = 0;
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + text.length)) count++;
  return count;
}

interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

interface Export {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { spans: (Partial<ReceivedSpan> & { attributes?: KeyValue[] })[] }[];
  }[];
}

function spansOf({ resourceSpans }: Export): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = valuesOf(resource.attributes);
    return scopeSpans
      .flatMap(({ spans }) => spans)
      .map((span) => ({
        service: String(about['service.name']),
        resource: about,
        name: span.name ?? '',
        kind: span.kind ?? 0,
        traceId: span.traceId ?? '',
        spanId: span.spanId ?? '',
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        attributes: valuesOf(span.attributes ?? []),
      }));
  });
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
