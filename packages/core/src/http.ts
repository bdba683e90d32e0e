/**
 * The seam between the listener of a service and whoever routes its requests. For `@patron/http` and adapters of other
 * routers; services don't need it.
 */
export type { Component, RunContext } from './component.ts';
export { bindEvents } from './http/bind-events.ts';
export { RequestCarrier } from './http/carrier.ts';
export { markClosing } from './http/closing.ts';
export { cutFailure } from './http/cut.ts';
export { clientAddressOf } from './http/forwarded/client-address.ts';
export type { TrustedProxiesOption } from './http/forwarded/trusted.ts';
export { errorStatuses } from './http/error-statuses.ts';
export { endWith, endWithResponse, instrument, INTERNAL_ERROR, markInstrumented, statusOutcome } from './http/instrument.ts';
export { componentConfig } from './http/component-config.ts';
export { HttpListener } from './http/listener.ts';
export type { ListenerConfig, ListenerOptions, UpgradeListener } from './http/listener-options.ts';
export { onceClosed } from './http/once-closed.ts';
export { operationOf, RouteOperations, setOperation, unroutedOperation } from './http/operations.ts';
export { skipBody } from './http/skip-body.ts';
export type { ListenerTlsOptions } from './http/tls/options.ts';
export { type Peer, peerOf } from './http/tls/peer.ts';
export { stoppingOf } from './http/traits.ts';
