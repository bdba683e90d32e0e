export type { HttpHandler, Middleware } from './middleware.ts';
export type { Params } from './params.ts';
export type { RawQuery } from './query.ts';
export type { HttpRequest } from './request.ts';
export type { BodilessRouteOptions, Method, Route, RouteHandler, RouteOptions } from './route.ts';
export { del, get, head, options, patch, post, put } from './route.ts';
export type { Routes, RoutesOptions } from './routes.ts';
export { routes } from './routes.ts';
export type { SchemaIssue, SchemaResult, StandardSchemaV1 } from './schema.ts';

export type { CheckedHeaders, ResponseHeaders } from './headers.ts';

export type { HttpResponse } from './response.ts';
export { respond } from './response.ts';
export { toResponse } from './to-response.ts';

export { AnswerError, BodyReadError, ClientGoneError, RoutesError } from './errors.ts';
export { HttpError, isHttpError } from './http-error.ts';
export { badRequest, conflict, forbidden, notFound, tooManyRequests, unauthorized, unavailable } from './http-errors.ts';
export type { Problem } from './problem.ts';
