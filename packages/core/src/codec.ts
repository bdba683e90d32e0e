import { decodeJson, decodeText } from './json/decode.ts';

/**
 * How values become bytes and bytes values, in messages and in bodies of HTTP. Both directions may take their time: a schema
 * registry has to be asked.
 */
export interface Codec<T> {
  /** The media types of its bytes. It reads all of them and writes the first, unless an HTTP client asks for another. */
  readonly contentTypes: readonly string[];
  /**
   * Whether it has bytes for a value; HTTP asks before it writes an answer. One that takes whatever there is, as JSON does,
   * is used for errors too. @default it takes what handlers return, and no errors
   */
  encodes?(value: unknown): boolean;
  encode(value: T): Uint8Array | Promise<Uint8Array>;
  decode(bytes: Uint8Array): T | Promise<T>;
}

/**
 * JSON. What could harm a careless handler is no JSON here: more than 100 levels, or a key that reaches prototypes.
 *
 * @example
 * ```ts
 * import { json } from '@patron/core/async';
 *
 * console.log(await json.decode(Buffer.from('{"id":4711}'))); // { id: 4711 }
 * ```
 */
export const json: Codec<unknown> = {
  contentTypes: ['application/json'],
  encodes: () => true,
  encode(value) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new TypeError(`a value of type ${typeof value} has no JSON form`);
    return Buffer.from(text);
  },
  decode: decodeJson,
};

/** Text in UTF-8. */
export const text: Codec<string> = {
  contentTypes: ['text/plain'],
  encodes: (value) => typeof value === 'string',
  encode: (value) => Buffer.from(value, 'utf8'),
  decode: decodeText,
};

/** The bytes as they are. */
export const bytes: Codec<Uint8Array> = {
  contentTypes: ['application/octet-stream'],
  encodes: (value) => value instanceof Uint8Array,
  encode: (value) => value,
  decode: (value) => value,
};

/** What generated code of protobuf offers: ts-proto as it is, protobufjs too. */
export interface ProtobufType<T> {
  encode(value: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** A codec of a protobuf message. */
export function protobuf<T>(type: ProtobufType<T>): Codec<T> {
  return {
    contentTypes: ['application/x-protobuf', 'application/protobuf', 'application/vnd.google.protobuf'],
    encode: (value) => type.encode(value).finish(),
    decode: (value) => type.decode(value),
  };
}
