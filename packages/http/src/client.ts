export { HttpClient } from './client/http-client.ts';
export type { HttpClientOptions, TlsOptions } from './client/options.ts';
export type { BodyOptions, CallOptions, ParamsOf, ParamValue, Query, QueryValue, RequestOptions } from './client/request-options.ts';
export type { RequestBody } from './client/request-body.ts';
export type { RequestHeaders } from './client/request-headers.ts';
export type { HttpClientResponse } from './client/response.ts';
export { HttpClientError, type HttpClientErrorCode, HttpClientOptionsError } from './client/errors.ts';
