import type { SecurityRequirement } from './description.ts';
import type { OpenApiInfo, OpenApiServer, OpenApiTag } from './options.ts';

/** A JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What points at a part of the document. */
export interface Reference {
  readonly $ref: string;
}

/** Schemas by media type. */
export type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

/** A param, a header or a name of the query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: JsonSchema;
  readonly description?: string;
  readonly style?: 'form';
  readonly explode?: boolean;
}

/** The body of a request. */
export interface RequestBody {
  readonly required: boolean;
  readonly content: Content;
}

/** An answer. */
export interface ResponseObject {
  readonly description: string;
  readonly content?: Content;
}

/** A route. */
export interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: true;
  readonly security?: readonly SecurityRequirement[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, ResponseObject | Reference>>;
}

/** The routes of one path, by method in lower case. */
export type PathItem = Readonly<Record<string, Operation>>;

/** An OpenAPI 3.1 document, as far as {@link openapi} makes one. It is plain data: `JSON.stringify` and it is a file. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: OpenApiInfo;
  readonly servers?: readonly OpenApiServer[];
  readonly security?: readonly SecurityRequirement[];
  readonly tags?: readonly OpenApiTag[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, ResponseObject>>;
    readonly securitySchemes?: Readonly<Record<string, JsonSchema>>;
  };
}
