import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteOperations } from '@patron/core/http';
import type { ActiveOperation } from '@patron/trace';
import { announcedLength } from './body/framing.ts';
import type { BodyContract } from './contract/body-contract.ts';
import type { HttpHandler } from './middleware.ts';

/** What a request can end at: a route, or the answer for a path that no route has. All of it is made when routes are. */
export interface Endpoint {
  /** The route's pattern, and how its requests are counted; undefined where there is no route. */
  readonly pattern: string | undefined;
  readonly operations: RouteOperations | undefined;
  /** The handler inside all its middlewares. */
  readonly handler: HttpHandler;
  readonly maxBodyBytes: number;
  /** The status of a value that does not bring one. */
  readonly status: number;
  /** What its bodies and errors are like, where somebody has said so. */
  readonly contract: BodyContract | undefined;
}

/** One request and its answer, as the parts of this package pass it on. Users see it as an {@link HttpRequest}. */
export class Exchange {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  readonly endpoint: Endpoint;
  readonly active: ActiveOperation;
  /** Whether the operation is ours to end; else a listener around the routes began it, and ends it. */
  readonly owned: boolean;
  /** Bytes of body that the request announces; see {@link announcedLength}. */
  readonly announced: number;

  constructor(raw: IncomingMessage, response: ServerResponse, endpoint: Endpoint, active: ActiveOperation, owned: boolean) {
    this.raw = raw;
    this.response = response;
    this.endpoint = endpoint;
    this.active = active;
    this.owned = owned;
    this.announced = announcedLength(raw);
  }
}
