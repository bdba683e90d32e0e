import type { StandardSchemaV1 } from '@patron/core/data';
import type { JsonSchema } from './document.ts';
import type { OpenApiOptions } from './options.ts';

/** Which side of a schema: what it takes, or what it makes of it. */
export type Direction = 'input' | 'output';

/** Standard JSON Schema (https://standardschema.dev/json-schema), beside the `validate` of Standard Schema. */
type Converter = { readonly [Side in Direction]: (options: { readonly target: 'draft-2020-12' }) => JsonSchema };

/**
 * The JSON Schema of a schema; anything (`{}`) where nobody can tell.
 * @throws what the library throws for a schema that JSON Schema has no words for: a date, a transformation.
 */
export function jsonSchemaOf(schema: StandardSchemaV1, direction: Direction, toJsonSchema: OpenApiOptions['toJsonSchema']): JsonSchema {
  const own = (schema['~standard'] as { readonly jsonSchema?: Partial<Converter> }).jsonSchema;
  const made = toJsonSchema?.(schema, direction) ?? own?.[direction]?.({ target: 'draft-2020-12' }) ?? {};
  const { $schema: _dialect, ...rest } = made; // 3.1 has that dialect by itself
  return rest;
}
