import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RouteOperations } from '@patron/core/http';
import type { ActiveOperation } from '@patron/trace';
import { AnswerHeaders, type HeaderLine } from './answer-headers.ts';
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
  /** What was said of the answer, and is not with the response yet. */
  #headers: AnswerHeaders | undefined;

  constructor(raw: IncomingMessage, response: ServerResponse, endpoint: Endpoint, active: ActiveOperation, owned: boolean) {
    this.raw = raw;
    this.response = response;
    this.endpoint = endpoint;
    this.active = active;
    this.owned = owned;
    this.announced = announcedLength(raw);
  }

  /** Says a header of the answer, whatever the answer will be. */
  setHeader(line: HeaderLine): void {
    // Where others are around the routes, an answer of theirs has it too.
    if (this.owned) (this.#headers ??= new AnswerHeaders()).set(line);
    else this.response.setHeader(line.name, line.value);
  }

  /** What was said so far, by a name in lower case. */
  getHeader(key: string): string | number | readonly string[] | undefined {
    return this.#headers?.get(key) ?? this.response.getHeader(key);
  }

  /** What was said so far, as it stands in a head; undefined where it is node:http's to write. */
  headerText(): string | undefined {
    return this.#headers === undefined ? '' : this.#headers.text();
  }

  /** The head of the answer is about to be written by node:http: it gets what was said. */
  moveHeaders(): void {
    this.#headers?.moveTo(this.response);
  }
}
