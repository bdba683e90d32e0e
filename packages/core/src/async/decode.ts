import type { StandardSchemaV1 } from '../schema.ts';
import { bytes, type Codec, json, text } from '../codec.ts';
import type { Delivery } from './delivery.ts';
import { MessageInvalidError } from './errors.ts';
import { describe } from '../errors.ts';

/** What a body is, to its handler. Throws or rejects with a {@link MessageInvalidError}. */
export type Decoder = (delivery: Delivery) => unknown;

const MAX_ISSUES = 10;
const MAX_TEXT = 200;

/**
 * Reads bodies by the codec; without one by the message's own content type: JSON, text and bytes are told apart, and what
 * says nothing is JSON. The schema has the last word.
 */
export function decoder(codec: Codec<unknown> | undefined, schema: StandardSchemaV1 | undefined): Decoder {
  const decode: Decoder = ({ body, contentType }) => (body === null ? null : guarded(codec ?? codecOf(contentType), body));
  if (schema === undefined) return decode;
  return (delivery) => {
    const value = decode(delivery);
    return isPromise(value) ? value.then((decoded) => check(schema, decoded)) : check(schema, value);
  };
}

function guarded(codec: Codec<unknown>, body: Buffer): unknown {
  try {
    const value = codec.decode(body);
    return isPromise(value) ? value.catch(invalid) : value;
  } catch (error) {
    return invalid(error);
  }
}

function invalid(cause: unknown): never {
  throw new MessageInvalidError(`the body can't be decoded: ${describe(cause)}`, { cause });
}

function check(schema: StandardSchemaV1, value: unknown): unknown {
  const result = schema['~standard'].validate(value);
  return isPromise(result) ? result.then(checked) : checked(result);
}

function checked(result: Awaited<ReturnType<StandardSchemaV1['~standard']['validate']>>): unknown {
  if (result.issues === undefined) return result.value;
  const shown = result.issues.slice(0, MAX_ISSUES).map(({ path = [], message }) => {
    const where = path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.');
    return `${where === '' ? 'the whole' : where}: ${message}`.slice(0, MAX_TEXT);
  });
  const more = result.issues.length - shown.length;
  throw new MessageInvalidError(`the body is not what the schema has: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`);
}

function codecOf(contentType: string | undefined): Codec<unknown> {
  if (contentType === undefined) return json;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || type.endsWith('+json') || type === '') return json;
  if (type.startsWith('text/')) return text as Codec<unknown>;
  if (type === 'application/octet-stream') return bytes as Codec<unknown>;
  throw new MessageInvalidError(`no codec reads ${JSON.stringify(contentType.slice(0, 80))}: give the consumer one in its options`);
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
