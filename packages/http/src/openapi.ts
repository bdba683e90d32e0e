export { OpenApiError } from './openapi/errors.ts';
export { openapi } from './openapi/openapi.ts';
export type { OpenApiInfo, OpenApiOptions, OpenApiServer, OpenApiTag } from './openapi/options.ts';
export type { RouteDescription, SecurityRequirement } from './openapi/description.ts';
export type { JsonSchema, OpenApiDocument, Operation, Parameter, PathItem, RequestBody, ResponseObject } from './openapi/document.ts';
export type { Direction } from './openapi/json-schema.ts';
