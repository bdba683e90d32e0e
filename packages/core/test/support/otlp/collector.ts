import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../../../tools/services/ports.mjs';

/** The OpenTelemetry Collector: `go build -C tools/collector -o FILE .` makes one; the variable names it, or a distribution's. */
const program = process.env['OTELCOL'] ?? 'otelcol';
const START_MS = 20_000;

/** Whether there is one here. */
export const hasCollector = spawnSync(program, ['components'], { timeout: START_MS }).status === 0;

/** Why a suite that needs it was left out. */
export const collectorIsMissing = `left out: ${program} is not here (OTELCOL), so no OpenTelemetry Collector has seen our spans`;

/** A real collector, which passes what it has understood on to `url`, in JSON, before it answers. */
export class Collector {
  /** Where it takes OTLP. */
  readonly ports: { readonly http: number; readonly grpc: number };
  readonly #folder = mkdtempSync(join(tmpdir(), 'patron-otelcol-'));
  #child: ChildProcess | undefined;

  private constructor(ports: { http: number; grpc: number }, url: string) {
    this.ports = ports;
    writeFileSync(this.#configFile, configuration(ports, url));
  }

  static async start(url: string): Promise<Collector> {
    const collector = new Collector({ http: await freePort(), grpc: await freePort() }, url);
    await collector.start();
    return collector;
  }

  endpoint(protocol: 'http/protobuf' | 'http/json' | 'grpc'): string {
    return `http://127.0.0.1:${protocol === 'grpc' ? this.ports.grpc : this.ports.http}`;
  }

  /** Starts it, on the same ports as ever. */
  async start(): Promise<void> {
    const child = spawn(program, ['--config', this.#configFile], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const gone = once(child, 'close').then(([code]) => Promise.reject(new Error(`the collector ended with ${code}:\n${said}`)));
    gone.catch(() => undefined); // of interest only while it starts
    await Promise.race([gone, this.#accepts(said)]);
  }

  /** Ends it and waits until it has. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    await closed;
  }

  async close(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #configFile(): string {
    return join(this.#folder, 'config.yaml');
  }

  async #accepts(said: string): Promise<void> {
    const until = performance.now() + START_MS;
    for (const port of [this.ports.http, this.ports.grpc]) {
      while (!(await canConnect(port))) {
        if (performance.now() > until) throw new Error(`the collector does not listen after ${START_MS} ms:\n${said}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

/** Without a queue of its own: it has answered for a batch when that has been taken behind it. */
const configuration = ({ http, grpc }: { http: number; grpc: number }, url: string): string => `
receivers:
  otlp:
    protocols:
      http: { endpoint: '127.0.0.1:${http}' }
      grpc: { endpoint: '127.0.0.1:${grpc}' }
exporters:
  otlp_http:
    endpoint: ${url}
    encoding: json
    compression: none
    sending_queue: { enabled: false }
    retry_on_failure: { enabled: false }
service:
  telemetry:
    metrics: { level: none }
  pipelines:
    traces: { receivers: [otlp], exporters: [otlp_http] }
`;

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
