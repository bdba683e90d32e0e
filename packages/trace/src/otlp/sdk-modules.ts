import type { Agent as HttpAgent } from 'node:http';
import { createRequire } from 'node:module';
import { OtlpError } from '../errors.ts';
import type { SpanExporter } from '../spans/finished-span.ts';

/** Turns a batch into the body of an OTLP request, and the answer's body into what it says. */
export interface Serializer<T> {
  serializeRequest(batch: T): Uint8Array | undefined;
  deserializeResponse(body: Uint8Array): {
    partialSuccess?: { rejectedSpans?: unknown; rejectedDataPoints?: unknown; errorMessage?: string };
  };
}

/** Where and how OTLP/HTTP is sent, as the OpenTelemetry SDK reads it from OTEL_EXPORTER_OTLP_*. */
export interface HttpOptions {
  readonly url: string;
  headers(): Promise<Record<string, string>> | Record<string, string>;
  readonly compression: string;
  readonly timeoutMillis: number;
  agentFactory(protocol: string): HttpAgent | Promise<HttpAgent>;
}

/** Where and how OTLP/gRPC is sent, as the SDK reads it from the same variables. */
export interface GrpcOptions {
  /** Host and port. */
  readonly url: string;
  readonly compression: string;
  readonly timeoutMillis: number;
  metadata(): unknown;
  credentials(): unknown;
}

/** The status of a gRPC call that failed. */
interface GrpcError extends Error {
  readonly code: number;
}

/** A channel of `@grpc/grpc-js`, as far as it is used. */
export interface GrpcClient {
  makeUnaryRequest(
    method: string,
    serialize: (bytes: Uint8Array) => Buffer,
    deserialize: (bytes: Buffer) => Uint8Array,
    body: Uint8Array,
    metadata: unknown,
    options: object,
    done: (error: GrpcError | null, answer?: Uint8Array) => void,
  ): { cancel(): void };
  close(): void;
}

/** `@grpc/grpc-js`, as far as it is used. */
export interface Grpc {
  readonly Client: new (target: string, credentials: unknown, options: Record<string, unknown>) => GrpcClient;
}

type Signal = 'TRACES' | 'METRICS';

/**
 * The parts of `@opentelemetry/sdk-node` that are used: the encodings, the reading of OTEL_EXPORTER_OTLP_*, the gRPC library.
 * They are packages that it depends on, found from where it stands; sdk-node itself, which takes 150 ms and more to load,
 * is not.
 */
export class SdkModules {
  readonly version: string;
  readonly #require: NodeJS.Require;

  constructor(manifest: string) {
    this.#require = createRequire(manifest);
    this.version = (this.#require('./package.json') as { version: string }).version;
  }

  http<T>(
    protocol: 'http/protobuf' | 'http/json',
    signal: Signal,
    path: string,
    url: string | undefined,
  ): { serializer: Serializer<T>; options: Promise<HttpOptions> | HttpOptions } {
    const [kind, name] = signal === 'TRACES' ? (['trace', 'Trace'] as const) : (['metrics', 'Metrics'] as const);
    const isJson = protocol === 'http/json';
    const inner = createRequire(this.#require.resolve(`@opentelemetry/exporter-${kind}-otlp-${isJson ? 'http' : 'proto'}`));
    const transformer = inner('@opentelemetry/otlp-transformer') as Record<string, Serializer<T>>;
    const base = inner('@opentelemetry/otlp-exporter-base/node-http') as {
      convertLegacyHttpOptions(
        config: object,
        signal: Signal,
        path: string,
        headers: Record<string, string>,
      ): Promise<HttpOptions> | HttpOptions;
    };
    const contentType = isJson ? 'application/json' : 'application/x-protobuf';
    return {
      serializer: transformer[`${isJson ? 'Json' : 'Protobuf'}${name}Serializer`] as Serializer<T>,
      options: base.convertLegacyHttpOptions(url === undefined ? {} : { url }, signal, path, { 'Content-Type': contentType }),
    };
  }

  grpc<T>(signal: Signal, url: string | undefined): { serializer: Serializer<T>; options: GrpcOptions; grpc: Grpc } {
    const [kind, name] = signal === 'TRACES' ? (['trace', 'Trace'] as const) : (['metrics', 'Metrics'] as const);
    const inner = createRequire(this.#require.resolve(`@opentelemetry/exporter-${kind}-otlp-grpc`));
    const transformer = inner('@opentelemetry/otlp-transformer') as Record<string, Serializer<T>>;
    const base = inner('@opentelemetry/otlp-grpc-exporter-base') as {
      convertLegacyOtlpGrpcOptions(config: object, signal: Signal): GrpcOptions;
    };
    return {
      serializer: transformer[`Protobuf${name}Serializer`] as Serializer<T>,
      options: base.convertLegacyOtlpGrpcOptions(url === undefined ? {} : { url }, signal),
      grpc: createRequire(inner.resolve('@opentelemetry/otlp-grpc-exporter-base'))('@grpc/grpc-js') as Grpc,
    };
  }

  consoleExporter(): SpanExporter {
    const { ConsoleSpanExporter } = this.#require('@opentelemetry/sdk-trace-base') as { ConsoleSpanExporter: new () => SpanExporter };
    return new ConsoleSpanExporter();
  }
}

/** Finds the peer. @throws OtlpError that names who wants it and the command */
export function locateSdk(from: string): SdkModules {
  const here = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = here.resolve('@opentelemetry/sdk-node/package.json');
  } catch (error) {
    throw new OtlpError(
      `${from} asks for telemetry to be exported, and @opentelemetry/sdk-node, which does that, is not installed: npm install @opentelemetry/sdk-node@0.223`,
      { cause: error },
    );
  }
  return new SdkModules(manifest);
}
