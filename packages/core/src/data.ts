// For the other packages of patron: how what comes from outside is read and checked. May change without notice, but for the
// types of Standard Schema.
export { bytes, type Codec, json, protobuf, type ProtobufType, text } from './codec.ts';
export { DataError, decodeJson, decodeText, MAX_JSON_DEPTH } from './json/decode.ts';
export { isSchema, type SchemaIssue, type SchemaResult, type StandardSchemaV1 } from './schema.ts';
export { show } from './show.ts';
