export type { Component, Readiness, Resource, RunContext } from './component.ts';
export { formatDuration, parseDuration } from './duration.ts';
export { environmentTable, type Variable } from './environment.ts';
export { ComponentError, ConfigurationError, type FailureKind, ListenError, ResourceError, ServiceError } from './errors.ts';
export { MANAGEMENT_PATHS } from './management/endpoints.ts';
export type { HttpServerOptions, ServiceOptions } from './options.ts';
export { Service } from './service.ts';
