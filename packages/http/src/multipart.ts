export { MultipartError } from './multipart/errors.ts';
export { multipart, type MultipartReader } from './multipart/multipart.ts';
export type { MultipartOptions } from './multipart/options.ts';
export type { FieldPart, FilePart, Part } from './multipart/part.ts';
