import type { Method } from '../route.ts';
import type { SegmentParams } from '../params.ts';
import type { RequestBody } from './request-body.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The value of a param of a path. It is encoded, so it may hold any character; it is one segment, never empty. */
export type ParamValue = string | number;

/** A value of a query; undefined leaves the name out, an array repeats it. */
export type QueryValue = string | number | boolean | undefined | readonly (string | number | boolean)[];

/** A query, to be encoded. */
export type Query = Readonly<Record<string, QueryValue>> | URLSearchParams;

/** What every call can say. */
export interface CallOptions {
  /** Added to the query that the path may have. @default none */
  readonly query?: Query;
  /** Over those of the client. Trace context and correlation id are patron's and can't be set. @default none */
  readonly headers?: RequestHeaders;
  /** Milliseconds for the whole call, the last byte of the answer included. @default that of the client */
  readonly timeoutMs?: number;
  /** The most bytes of the answer that `bytes()`, `text()` and `json()` keep. @default that of the client */
  readonly maxBodyBytes?: number;
  /**
   * What the path is called in metrics and traces, for one that is put together by hand. Low cardinality: never an id.
   * @default the path, where it has params; else the call has no template
   */
  readonly route?: string;
  /** Gives the call up; it rejects with the signal's reason. @default never */
  readonly signal?: AbortSignal | undefined;
}

/** What a call with a body can say: `json` or `body`, not both. */
export interface BodyOptions extends CallOptions {
  /** Sent as JSON; `Content-Type` is `application/json` unless `headers` say otherwise. */
  readonly json?: unknown;
  /** Sent as it is: text, bytes, a `Readable`, an async iterable of either. One that is a stream is destroyed where the call fails. */
  readonly body?: RequestBody;
}

/** The params of a path, as a call needs them: `{ params: { id } }` for `/orders/:id`; none for a path that has none. */
export type ParamsOf<Target extends string> = string extends Target
  ? { readonly params?: Readonly<Record<string, ParamValue>> }
  : keyof SegmentParams<PathOf<Target>> extends never
    ? { readonly params?: Readonly<Record<string, never>> }
    : { readonly params: { readonly [Name in keyof SegmentParams<PathOf<Target>>]: ParamValue } };

type PathOf<Target extends string> = Target extends `${infer Path}?${string}` ? Path : Target;

/** A whole request: `path` below the client's `baseUrl`, or `url`. */
export type RequestOptions<Target extends string = string> = BodyOptions &
  ParamsOf<Target> & {
    /** @default 'GET' */
    readonly method?: Method;
  } & ({ readonly path: Target; readonly url?: never } | { readonly url: Target; readonly path?: never });

/** The last parameter of a call: it may be left out where nothing in it has to be there. @internal */
export type Last<Options> = object extends Options ? [options?: Options] : [options: Options];
