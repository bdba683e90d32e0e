import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type ActiveOperation, defineTransport, type Operation } from '@patron/trace';

const transport = defineTransport({
  kind: 'server',
  duration: { name: 'http.server.request.duration', help: 'Duration of HTTP requests, by route and status.' },
  active: {
    name: 'http.server.active_requests',
    help: 'HTTP requests that are being answered.',
    labels: ['http.request.method', 'url.scheme'],
  },
  labels: ['http.request.method', 'url.scheme', 'http.route'],
  statusLabel: 'http.response.status_code',
});

const METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** The operations of one route, one per scheme: described when the first request comes in, resolved once. */
export class RouteOperations {
  readonly #method: string;
  readonly #route: string | undefined;
  #http: Operation | undefined;
  #https: Operation | undefined;

  /** @param route - The pattern, never the path; undefined where no route is known. */
  constructor(method: string, route?: string) {
    // A method that nobody knows is a label that a stranger chooses: the conventions fold those into _OTHER.
    this.#method = METHODS.has(method) ? method : '_OTHER';
    this.#route = route;
  }

  /** The operation for this request. */
  of(request: IncomingMessage): Operation {
    if ((request.socket as Partial<TLSSocket>).encrypted === true) return (this.#https ??= this.#describe('https'));
    return (this.#http ??= this.#describe('http'));
  }

  #describe(scheme: string): Operation {
    return transport.operation({
      name: this.#route === undefined ? this.#method : `${this.#method} ${this.#route}`,
      labels: { 'http.request.method': this.#method, 'url.scheme': scheme, 'http.route': this.#route ?? '' },
    });
  }
}

const unrouted = new Map<string, RouteOperations>();

/** The operation of a request whose route is not known: no such path, or a listener that does not tell. */
export function unroutedOperation(request: IncomingMessage): Operation {
  const method = request.method !== undefined && METHODS.has(request.method) ? request.method : '_OTHER';
  let operations = unrouted.get(method);
  if (operations === undefined) {
    operations = new RouteOperations(method);
    unrouted.set(method, operations);
  }
  return operations.of(request);
}

const OPERATION = Symbol.for('patron.v1.http.operation');

/** The operation that was begun for this request already, by whoever saw it first. */
export function operationOf(request: IncomingMessage): ActiveOperation | undefined {
  return (request as { [OPERATION]?: ActiveOperation })[OPERATION];
}

/** Notes which operation a request belongs to, so that a router behind it names it and does not begin a second one. */
export function setOperation(request: IncomingMessage, active: ActiveOperation): void {
  (request as { [OPERATION]?: ActiveOperation })[OPERATION] = active;
}
