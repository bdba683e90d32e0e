import { isDeepStrictEqual } from 'node:util';
import { type Codec, json } from '@patron/core/data';
import type { ErrorFormat } from '../contract/body-contract.ts';
import { PROBLEM_TYPE } from '../contract/problem-details.ts';
import type { Route } from '../route.ts';
import type { Routes } from '../routes.ts';
import { type InputSchemas, PLACES } from '../contract/input.ts';
import type { Components } from './components.ts';
import type { Content, JsonSchema, Reference, ResponseObject } from './document.ts';

const TEXT = { type: 'string' };
const PROBLEMS: JsonSchema = {
  type: 'array',
  items: {
    type: 'object',
    required: ['in', 'path', 'message'],
    properties: { in: { enum: [...PLACES] }, path: { ...TEXT, description: 'Keys and indexes joined by dots.' }, message: TEXT },
  },
};
const ERROR: JsonSchema = { type: 'object', required: ['error'], properties: { error: TEXT, problems: PROBLEMS } };
const PROBLEM: JsonSchema = {
  type: 'object',
  required: ['type', 'title', 'status'],
  properties: {
    type: { ...TEXT, format: 'uri-reference' },
    title: TEXT,
    status: { type: 'integer' },
    detail: TEXT,
    instance: { ...TEXT, format: 'uri-reference' },
    problems: PROBLEMS,
  },
  description: 'Problem details (RFC 9457).',
};

/** The errors that patron itself answers with, as responses of the document. */
export class FrameworkErrors {
  readonly responses: Record<string, ResponseObject> = {};
  readonly #components: Components;
  readonly format: ErrorFormat;
  readonly #defaults: Routes['defaults'];

  constructor(components: Components, format: ErrorFormat, defaults: Routes['defaults']) {
    this.#components = components;
    this.format = format;
    this.#defaults = defaults;
  }

  /** An error with a payload of this schema; of patron's own where there is none. */
  content(codecs: readonly Codec<unknown>[], payload?: JsonSchema): Content {
    // What a schema says of an error's payload is said of the extensions of its problem.
    if (this.format === 'problem') return { [PROBLEM_TYPE]: { schema: this.#components.add('Problem', PROBLEM) } };
    const schema = payload ?? this.#components.add('Error', ERROR);
    // Errors go by the codecs that say they take anything, else as JSON.
    const able = codecs.filter((codec) => codec !== json && codec.encodes?.({ error: '' }) === true);
    return Object.fromEntries([json, ...able].flatMap(({ contentTypes }) => contentTypes).map((type) => [type, { schema }]));
  }

  /** Those that requests of a route can meet before its handler, and that its handler's bugs end in. */
  of({ options }: Route, codecs: readonly Codec<unknown>[]): Record<string, Reference | ResponseObject> {
    const input = options as InputSchemas;
    const { auth, timeoutMs } = { ...this.#defaults, ...options };
    const one = (name: string, description: string): Reference | ResponseObject =>
      this.#shared(name, { description, content: this.content(codecs) });
    const found: Record<string, Reference | ResponseObject> = {};
    if (PLACES.some((place) => input[place] !== undefined)) found['400'] = one('BadRequest', 'What does not fit its schema.');
    if (auth !== undefined && auth !== 'none') found['401'] = one('Unauthorized', 'Nobody that is known.');
    if (codecs.length > 0) found['406'] = one('NotAcceptable', 'Nothing that `Accept` takes.');
    if (input.body !== undefined) {
      found['413'] = one('ContentTooLarge', 'The body is too long.');
      found['415'] = one('UnsupportedMediaType', 'The body is of a type that is not read, or compressed.');
    }
    if (options.rateLimit !== undefined) found['429'] = one('TooManyRequests', 'More than the rate limit lets through.');
    found['500'] = one('InternalServerError', 'An error of the server.');
    if (timeoutMs !== undefined) found['503'] = one('ServiceUnavailable', 'It took too long.');
    return found;
  }

  /** Routes with other codecs than the first have errors of other types, and describe them on their own. */
  #shared(name: string, response: ResponseObject): Reference | ResponseObject {
    this.responses[name] ??= response;
    return isDeepStrictEqual(this.responses[name], response) ? { $ref: `#/components/responses/${name}` } : response;
  }
}
