/**
 * The seam between the listener of a service and whoever routes its requests. For `@patron/http` and adapters of other
 * routers; services don't need it.
 */
export { bindEvents } from './http/bind-events.ts';
export { RequestCarrier } from './http/carrier.ts';
export { markClosing } from './http/closing.ts';
export { endWith, endWithResponse, instrument, INTERNAL_ERROR, markInstrumented, statusOutcome } from './http/instrument.ts';
export { onceClosed } from './http/once-closed.ts';
export { operationOf, RouteOperations, setOperation, unroutedOperation } from './http/operations.ts';
