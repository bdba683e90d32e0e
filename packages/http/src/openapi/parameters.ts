import type { StandardSchemaV1 } from '@patron/core/data';
import type { JsonSchema, Parameter } from './document.ts';
import type { PathTemplate } from './paths.ts';

/** Makes a schema part of the document; never a reference, as its properties are looked at. */
export type Adopt = (schema: StandardSchemaV1, place: string) => JsonSchema;

/** The params of a path. One without a schema is a text that is not empty. */
export function pathParameters({ params }: PathTemplate, schema: StandardSchemaV1 | undefined, adopt: Adopt): Parameter[] {
  const properties = schema === undefined ? {} : propertiesOf(adopt(schema, 'params')).properties;
  return [...params].map(([own, { name, rest }]) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[own] ?? { type: 'string', minLength: 1 },
    ...(rest ? { description: 'The rest of the path; it may hold slashes.' } : {}),
  }));
}

/** The names of a query, or one parameter for all of them where the schema does not list them. */
export function queryParameters(schema: StandardSchemaV1 | undefined, adopt: Adopt): Parameter[] {
  if (schema === undefined) return [];
  const made = adopt(schema, 'query');
  const { properties, required, listed } = propertiesOf(made);
  if (!listed) return [{ name: 'query', in: 'query', required: false, schema: made, style: 'form', explode: true }];
  return Object.entries(properties).map(([name, property]) => ({ name, in: 'query', required: required.includes(name), schema: property }));
}

// OpenAPI 3.1 §4.8.12.2: whoever describes these as parameters is not heard.
const DESCRIBED_ELSEWHERE = ['accept', 'content-type', 'authorization'];

/** The headers that a schema lists. */
export function headerParameters(schema: StandardSchemaV1 | undefined, adopt: Adopt): Parameter[] {
  if (schema === undefined) return [];
  const { properties, required } = propertiesOf(adopt(schema, 'headers'));
  return Object.entries(properties)
    .filter(([name]) => !DESCRIBED_ELSEWHERE.includes(name.toLowerCase()))
    .map(([name, property]) => ({ name, in: 'header', required: required.includes(name), schema: property }));
}

function propertiesOf(schema: JsonSchema): { properties: Record<string, JsonSchema>; required: readonly string[]; listed: boolean } {
  const { properties, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: readonly string[] };
  return { properties: properties ?? {}, required, listed: properties !== undefined };
}
