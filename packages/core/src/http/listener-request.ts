import { EventEmitter } from 'node:events';
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const emit: unknown = Reflect.get(EventEmitter.prototype, 'emit');
const own = Object.getOwnPropertyDescriptor(IncomingMessage.prototype, 'headers') as Required<PropertyDescriptor>;
const NO_HEADERS = Object.freeze({});

const TAKEN = Symbol('patron.taken');

/** What node:http keeps of a connection, under its own names. */
interface Serving extends Socket {
  /** The answer that is on its way. */
  readonly _httpMessage?: { readonly req?: IncomingMessage } | null;
  readonly server?: EventEmitter;
}

/**
 * A request whose `headers` are made when somebody asks for them. node:http asks each time, for `expect` alone, just before it hands
 * the request over: that is half a microsecond and more for an object that hardly anybody reads, as ours read `rawHeaders`.
 *
 * That one look is told by when it happens: the answer has its place on the connection, which it gets after all who follow a
 * request by diagnostics channels or performance observers have been told of it, and nobody stands between node:http and our
 * listener (instrumentations wrap the server's `emit`). Whoever looks before or after gets the headers.
 */
export class ListenerRequest extends IncomingMessage {
  [TAKEN] = false;
}

/** Notes that our listener has the request. */
export function take(request: ListenerRequest): void {
  request[TAKEN] = true;
}

// Not in the class: to its types `headers` is a field.
Object.defineProperty(ListenerRequest.prototype, 'headers', {
  ...own,
  get(this: ListenerRequest): unknown {
    return !this[TAKEN] && isLookForExpect(this) ? NO_HEADERS : own.get.call(this);
  },
});

function isLookForExpect(request: IncomingMessage): boolean {
  const { _httpMessage: answer, server }: Serving = request.socket;
  if (answer?.req !== request || server?.emit !== emit) return false;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 6 && name.toLowerCase() === 'expect') return false;
  }
  return true;
}
