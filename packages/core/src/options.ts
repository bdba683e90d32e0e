import type { RequestListener } from 'node:http';
import type { Fields, LoggerFactory } from '@patron/log';
import type { MetricsConfig, TracingOptions } from '@patron/trace';
import type { Component, Resource } from './component.ts';
import type { ListenerOptions } from './http/listener-options.ts';

/** The default HTTP component. Port and time limits that are not set come from the environment. */
export interface HttpServerOptions extends ListenerOptions {
  /** The application: `routes(…)` of @patron/http, an express app, a plain listener. @default 404 for all but the management paths */
  handler?: RequestListener;
  /** 0 to 65535; 0 takes a free one and logs it. @default PATRON_HTTP_DEFAULT_PORT, 50000 */
  port?: number;
  /** How long a client may take to send a whole request, in milliseconds. @default PATRON_HTTP_READ_TIMEOUT, 30 s */
  readTimeoutMs?: number;
  /** How long a connection may stand still while an answer is due, in milliseconds. @default PATRON_HTTP_WRITE_TIMEOUT, 60 s */
  writeTimeoutMs?: number;
}

/** What a service is made of. */
export interface ServiceOptions {
  /** In every log line (`srv`), in /info, in errors. */
  name: string;
  /** In every log line (`ver`) and in /info. @default 'dev' */
  version?: string;
  /** The application's routes, or the settings of the default HTTP component with them. */
  http?: RequestListener | HttpServerOptions;
  /** The management endpoints. @default on the port of http; what changes something and profiles answer loopback peers only */
  management?: {
    port?: number;
    host?: string;
    debug?: 'loopback' | 'all' | 'off';
    /** Samples the heap from the start, so that /debug/pprof/heap tells of all that is alive. @default false */
    heapProfiling?: boolean;
  };
  /** Which traces are recorded, and where spans go. @default OTEL_* and PATRON_JAEGER_*; none */
  tracing?: TracingOptions;
  /** Buckets of histograms by their name, the cap on series, and the push of metrics by OTLP. @default what each metric says itself; 2000; off */
  metrics?: MetricsConfig;
  /** Started together; when one ends, all stop. @default none */
  components?: readonly Component[];
  /** Closed in reverse order once the components have stopped. @default none */
  resources?: readonly Resource[];
  /** Logs the stack that blocks the event loop longer than so many milliseconds, 10 at least. @default nobody looks */
  watchdog?: { blockedMs: number };
  /** GET /alive answers 503 where it says no, throws, or takes more than 5 s. @default alive */
  aliveCheck?: () => boolean | Promise<boolean>;
  /** The same for GET /ready, beside the readiness of the components. @default ready */
  readyCheck?: () => boolean | Promise<boolean>;
  /** Runs at SIGHUP; the service goes on, also when it fails. @default a log line */
  onHangup?: () => void | Promise<void>;
  /** Where log lines go. @default JSON to stderr, `winston()` of @patron/log/winston */
  logger?: LoggerFactory;
  /** Fields on every log line. `srv`, `ver` and `host` are the service's own. @default none */
  logFields?: Fields;
  shutdown?: {
    /** After SIGTERM: how long /ready is false while everything is still served. @default PATRON_SHUTDOWN_DELAY, 5 s in a Kubernetes pod (at most half of timeoutMs), else 0 */
    delayMs?: number;
    /** One deadline over the whole stop, the delay included; a stop that passes it ends at most a second later. @default PATRON_SHUTDOWN_TIMEOUT, 30 s */
    timeoutMs?: number;
  };
}
