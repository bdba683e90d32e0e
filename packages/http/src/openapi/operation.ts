import { STATUS_CODES } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { type Codec, json, text, type StandardSchemaV1 } from '@patron/core/data';
import { answersOf } from '../contract/answers.ts';
import type { Route } from '../route.ts';
import type { Content, JsonSchema, Operation, Reference, ResponseObject } from './document.ts';
import type { FrameworkErrors } from './errors-of.ts';
import type { Direction } from './json-schema.ts';
import { headerParameters, pathParameters, queryParameters } from './parameters.ts';
import type { PathTemplate } from './paths.ts';
import type { Security } from './security.ts';

type Responses = Operation['responses'];

/** What operations of one document share. */
export interface OperationParts {
  readonly codecs: readonly Codec<unknown>[];
  readonly errors: FrameworkErrors;
  readonly guards: Security;
  /** Makes a schema part of the document. */
  adopt(schema: StandardSchemaV1, direction: Direction, place: string): JsonSchema;
  /** The schema that a reference points at. */
  resolve(schema: JsonSchema): JsonSchema;
}

/** A route on one of its templates. */
export function operationOf(route: Route, template: PathTemplate, operationId: string, parts: OperationParts): Operation {
  const { options } = route;
  const { summary, description, tags, deprecated, body } = options;
  const security = parts.guards.of(route);
  const takes = (schema: StandardSchemaV1, place: string): JsonSchema => parts.adopt(schema, 'input', place);
  const lists = (schema: StandardSchemaV1, place: string): JsonSchema => parts.resolve(takes(schema, place));
  const parameters = [
    ...pathParameters(template, options.params, lists),
    ...queryParameters(options.query, lists),
    ...headerParameters(options.headers, lists),
  ];
  const codecs = options.codecs ?? parts.codecs;
  return {
    operationId,
    ...(summary === undefined ? {} : { summary }),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(deprecated === true ? { deprecated } : {}),
    ...(security === undefined ? {} : { security }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: contentOf(takes(body, 'body'), codecs.length === 0 ? [json] : codecs) } }),
    responses: joined(responsesOf(route, codecs, parts), parts.errors.of(route, codecs), parts.errors.content(codecs)),
  };
}

/** Without schemas all that can be said is that it succeeds somehow. */
function responsesOf({ method, options }: Route, codecs: readonly Codec<unknown>[], parts: OperationParts): Record<string, ResponseObject> {
  const schemas = answersOf(method, options);
  if (schemas === undefined) return { '2XX': { description: 'Success' } };
  const entries = Object.entries(schemas).map(([status, schema]): [string, ResponseObject] => {
    const description = STATUS_CODES[status] ?? `Status ${status}`;
    if (schema === null || method === 'HEAD') return [status, { description }];
    const made = parts.adopt(schema, 'output', `answer ${status}`);
    return [status, { description, content: Number(status) < 400 ? answerContent(made, codecs) : parts.errors.content(codecs, made) }];
  });
  return Object.fromEntries(entries);
}

/** Where a route and patron answer with one status, the body is of the one form or the other. */
function joined(own: Responses, ours: Responses, ourContent: Content): Responses {
  const both = Object.entries(own).map(([status, response]): [string, ResponseObject | Reference] => {
    if (ours[status] === undefined || '$ref' in response) return [status, response];
    const content = { ...ourContent };
    for (const [type, { schema }] of Object.entries(response.content ?? {})) {
      const other = ourContent[type]?.schema;
      content[type] = { schema: other === undefined || isDeepStrictEqual(other, schema) ? schema : { anyOf: [schema, other] } };
    }
    return [status, { ...response, content }];
  });
  return { ...ours, ...Object.fromEntries(both) };
}

/** A string that a handler returns is text, where nobody negotiates; all else is JSON. */
function answerContent(schema: JsonSchema, codecs: readonly Codec<unknown>[]): Content {
  if (codecs.length > 0) return contentOf(schema, codecs);
  const isText = schema['type'] === 'string' || typeof schema['const'] === 'string';
  return { [isText ? 'text/plain' : 'application/json']: { schema } };
}

function contentOf(schema: JsonSchema, codecs: readonly Codec<unknown>[]): Content {
  const types = codecs.filter((codec) => canBe(codec, schema)).flatMap(({ contentTypes }) => contentTypes);
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

/** The codec of text has no bytes for what is no string. */
function canBe(codec: object, { type }: JsonSchema): boolean {
  return codec !== text || type === undefined || type === 'string';
}
