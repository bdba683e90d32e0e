import { parseMediaType } from '../body/media-type.ts';
import { requireIdentity } from '../body/accept.ts';
import { BodyReadError } from '../errors.ts';
import { HttpError } from '../http-error.ts';
import { HttpRequest } from '../request.ts';
import { loadBusboy } from './library.ts';
import { type MultipartOptions, resolveMultipart } from './options.ts';
import type { Part } from './part.ts';
import { Upload } from './upload.ts';

/**
 * The parts of a request's body, in their order, as they come in. Whoever leaves the loop early drops the rest.
 *
 * @throws HttpError 415 for any other type of body or one that is compressed, 413 beyond a limit, 400 for what is malformed;
 * ClientGoneError; BodyReadError.
 */
export type MultipartReader = (request: HttpRequest<unknown, unknown, unknown, unknown>) => AsyncIterable<Part>;

/**
 * Reads uploads: bodies of the type `multipart/form-data` (RFC 7578), as browsers send forms with files. Files are streams, and are
 * read no faster than you read them; nothing is written to a disk. The whole body is bounded by the route's `maxBodyBytes`. Needs
 * `@fastify/busboy` (`npm install @fastify/busboy@3`).
 *
 * @throws MultipartError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { createHash } from 'node:crypto';
 * import { post, routes } from '@patron/http';
 * import { multipart } from '@patron/http/multipart';
 *
 * const parts = multipart({ maxFiles: 3, maxFileBytes: 20 * 1024 * 1024 });
 *
 * const upload = post(
 *   '/photos',
 *   async (request) => {
 *     const digests: string[] = [];
 *     for await (const part of parts(request)) {
 *       if (part.kind === 'field') continue;
 *       const hash = createHash('sha256');
 *       for await (const chunk of part.stream) hash.update(chunk as Buffer);
 *       digests.push(hash.digest('hex'));
 *     }
 *     return digests;
 *   },
 *   { maxBodyBytes: 64 * 1024 * 1024 },
 * );
 * routes([upload]);
 * ```
 */
export function multipart(options: MultipartOptions = {}): MultipartReader {
  const limits = resolveMultipart(options);
  const busboy = loadBusboy();
  return async function* read(given) {
    const request = given as HttpRequest;
    const exchange = HttpRequest.exchangeOf(request);
    requireForm(request);
    if (exchange.announced > exchange.endpoint.maxBodyBytes) throw new HttpError(413);
    if (exchange.raw.readableDidRead) throw new BodyReadError();
    const upload = new Upload(exchange, busboy, limits);
    try {
      for (let part = await upload.next(); part !== undefined; part = await upload.next()) yield part;
    } finally {
      upload.leave();
    }
  };
}

function requireForm(request: HttpRequest): void {
  const header = request.header('content-type');
  requireIdentity((name) => request.header(name));
  if (header === undefined || parseMediaType(header)?.type !== 'multipart/form-data')
    throw new HttpError(415, 'the body has to be multipart/form-data', { Accept: 'multipart/form-data' });
}
