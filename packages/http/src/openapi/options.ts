import { show, type StandardSchemaV1 } from '@patron/core/data';
import type { SecurityRequirement } from './description.ts';
import type { JsonSchema } from './document.ts';
import type { Direction } from './json-schema.ts';

/** What the interface is called. */
export interface OpenApiInfo {
  readonly title: string;
  /** The version of the interface, not of OpenAPI. */
  readonly version: string;
  readonly summary?: string;
  readonly description?: string;
  readonly termsOfService?: string;
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string };
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string };
}

/** Where the interface is served. */
export interface OpenApiServer {
  readonly url: string;
  readonly description?: string;
}

/** What a tag of routes means. */
export interface OpenApiTag {
  readonly name: string;
  readonly description?: string;
}

/** What an OpenAPI document says besides its routes. */
export interface OpenApiOptions {
  readonly info: OpenApiInfo;
  /** @default none: where the document comes from */
  readonly servers?: readonly OpenApiServer[];
  /** What every route wants that says nothing else and has no `auth`, by the names of `securitySchemes`. @default nothing */
  readonly security?: readonly SecurityRequirement[];
  /** Security Scheme Objects of OpenAPI, by name, besides those of the routes' `auth`. @default none */
  readonly securitySchemes?: Readonly<Record<string, JsonSchema>>;
  /** @default none: the tags of the routes, without descriptions */
  readonly tags?: readonly OpenApiTag[];
  /**
   * The JSON Schema (draft 2020-12) of a schema, for what it takes (`'input'`) or what it makes (`'output'`); undefined for one
   * that it does not know. @default the schema's own `~standard.jsonSchema`, where its library has that (zod 4, arktype)
   */
  readonly toJsonSchema?: (schema: StandardSchemaV1, direction: Direction) => JsonSchema | undefined;
}

/** What is wrong with the options. */
export function checkOptions(options: OpenApiOptions): string[] {
  const { info, toJsonSchema } = (options ?? {}) as Partial<OpenApiOptions>;
  const problems = (['title', 'version'] as const).flatMap((name) => {
    const value: unknown = info?.[name];
    return typeof value === 'string' && value !== '' ? [] : [`info.${name} is ${show(value)}; it has to be a text`];
  });
  if (toJsonSchema !== undefined && typeof toJsonSchema !== 'function')
    problems.push(`toJsonSchema is ${show(toJsonSchema)}, not a function`);
  return problems;
}
