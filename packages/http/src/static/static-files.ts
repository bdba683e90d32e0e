import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { SendOptions, SendResult } from '@fastify/send';
import { badRequest, notFound } from '../http-errors.ts';
import { HttpError } from '../http-error.ts';
import type { HttpRequest } from '../request.ts';
import { type HttpResponse, isBodiless, respond } from '../response.ts';
import { loadSend, type Send } from './library.ts';
import { resolveStatic, type StaticConfig, type StaticFilesOptions } from './options.ts';

/** What a handler of files has to know of a request: the route's wildcard is called `path`, or there is none. */
type FileRequest = HttpRequest<{ readonly path?: string }, unknown, unknown, unknown>;

/**
 * A handler that answers with the files of a folder, for a route with the wildcard `*path`; for a route without one it answers as for
 * the folder itself. Needs `@fastify/send` (`npm install @fastify/send@4`).
 *
 * Conditional requests and ranges are answered by RFC 9110 (§13, §14; several ranges at once with the whole file); the type goes by the
 * extension. What is not there, lies outside of the folder (also by a symbolic link) or begins with a dot is a 404. The folder is read
 * at each request: nothing is kept in memory, and files may change. A folder without a slash behind it is redirected to the one with it.
 *
 * @param folder - Relative paths start where the process was started; `new URL('../dist/', import.meta.url)` where the module is.
 * @throws StaticFilesError with everything that is wrong.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { get, routes } from '@patron/http';
 * import { staticFiles } from '@patron/http/static';
 *
 * const folder = mkdtempSync('/tmp/site-');
 * writeFileSync(`${folder}/index.html`, '<h1>Hello</h1>');
 *
 * const site = staticFiles(folder, { fallback: 'index.html' });
 * routes([get('/', site), get('/*path', site)]);
 * ```
 */
export function staticFiles(folder: string | URL, options: StaticFilesOptions = {}): (request: FileRequest) => Promise<HttpResponse> {
  const config = resolveStatic(folder, options);
  const send = loadSend();
  const files = optionsOf(config);
  return async (request) => {
    const found = await find(send, request, files);
    if (found.type === 'file') return answerWith(found);
    found.stream.destroy();
    if (found.type === 'directory') return redirect(request);
    const { statusCode, headers } = found;
    if (statusCode === 403 || statusCode === 404 || isLoop(found.metadata.error)) return fallback(send, request, config, files);
    if (statusCode === 400) throw badRequest();
    if (statusCode === 412) throw new HttpError(412);
    if (statusCode === 416) throw new HttpError(416, undefined, { 'Content-Range': String(headers['Content-Range']) });
    throw new Error(`a file could not be read: ${request.path}`, { cause: found.metadata.error });
  };
}

async function find(send: Send, request: FileRequest, files: SendOptions): Promise<SendResult> {
  const { path = '' } = request.params;
  // `routes()` may take the slash off a path, and a folder is still asked for with one.
  const isFolder = path === '' || path.endsWith('/') || pathnameOf(request).endsWith('/');
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return send(request.raw, `/${encoded}${isFolder && !encoded.endsWith('/') ? '/' : ''}`, files);
}

function optionsOf({ folder, index, maxAgeSeconds, immutable, dotFiles }: StaticConfig): SendOptions {
  return {
    root: folder,
    index: index === false ? [] : [index],
    maxAge: maxAgeSeconds * 1000,
    immutable,
    dotfiles: dotFiles ? 'allow' : 'ignore',
    onFile: async (path) => {
      const real = await realpath(path);
      if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) throw notFound(); // a link that leads out of it
    },
  };
}

function answerWith({ statusCode, headers, stream }: SendResult): HttpResponse {
  const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  // A page names the files of its version: kept for longer than them, it would ask for those that are gone.
  if (given['Content-Type']?.startsWith('text/html') === true) given['Cache-Control'] = 'no-cache';
  if (!isBodiless(statusCode)) return respond(statusCode, stream, given);
  stream.destroy();
  return respond(statusCode, undefined, given);
}

/** By the segment alone, so that nobody's path leads to another host. */
function redirect(request: FileRequest): HttpResponse {
  const pathname = pathnameOf(request);
  const query = request.url.indexOf('?');
  const location = `./${pathname.slice(pathname.lastIndexOf('/') + 1)}/${query === -1 ? '' : request.url.slice(query)}`;
  return respond(301, undefined, { Location: location });
}

async function fallback(send: Send, request: FileRequest, config: StaticConfig, files: SendOptions): Promise<HttpResponse> {
  if (config.fallback === undefined || !isNavigation(request)) throw notFound();
  const page = await send(request.raw, `/${encodeURIComponent(config.fallback)}`, { ...files, acceptRanges: false });
  if (page.type === 'file') return answerWith(page);
  page.stream.destroy();
  throw notFound();
}

function isNavigation(request: FileRequest): boolean {
  const { path = '' } = request.params;
  const accept = request.raw.headers.accept ?? '';
  return !path.slice(path.lastIndexOf('/') + 1).includes('.') && /(?:^|[,\s])text\/html\b/i.test(accept);
}

/** A symbolic link that leads to itself is no file, and no fault of the server's either. */
function isLoop(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ELOOP';
}

function pathnameOf({ url }: FileRequest): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
