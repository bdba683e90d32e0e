/** What a collector knows of a span and a reader wants to see of it. */
export interface Span {
  readonly traceId: string;
  readonly id: string;
  /** Undefined where the trace begins. */
  readonly parentId: string | undefined;
  readonly service: string;
  /** Two of the same service are two processes, each with a clock of its own. */
  readonly process: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Milliseconds since 1970, by the clock of its process. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  /** The errors that were recorded in it: class and message. */
  readonly errors: readonly string[];
}
