import type { IncomingMessage, Server } from 'node:http';
import type { TrustedProxies } from './forwarded/trusted.ts';

const TRAITS = Symbol.for('patron.v1.http.listener');

/** What a request has to know of the listener that it came through. */
export interface ListenerTraits {
  /** Its peers are of this machine and have no address. */
  readonly unix: boolean;
  /** Whose word on the client's address counts; undefined: nobody's. */
  readonly trusted: TrustedProxies | undefined;
  /** Aborts when the listener begins to drain. */
  readonly stopping: AbortSignal;
}

/** Notes them once, so that no request has to carry them. */
export function setTraits(server: Server, traits: ListenerTraits): void {
  (server as { [TRAITS]?: ListenerTraits })[TRAITS] = traits;
}

/** Undefined for a request of somebody else's server. */
export function traitsOf(request: IncomingMessage): ListenerTraits | undefined {
  return (request.socket as { server?: { [TRAITS]?: ListenerTraits } }).server?.[TRAITS];
}

const NEVER = new AbortController().signal;

/**
 * Aborts when the listener of a request asks its clients to leave: for answers that have no end of their own, which would hold
 * the stop until its deadline. Never, for a request of somebody else's server.
 */
export function stoppingOf(request: IncomingMessage): AbortSignal {
  return traitsOf(request)?.stopping ?? NEVER;
}
