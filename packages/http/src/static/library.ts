import type { SendOptions, SendResult } from '@fastify/send';
import type { IncomingMessage } from 'node:http';
import { optionalLibrary } from '../optional-library.ts';
import { StaticFilesError } from './errors.ts';

/** Looks for a file and says how to answer with it; it does not answer itself. */
export type Send = (request: IncomingMessage, path: string, options: SendOptions) => Promise<SendResult>;

/** @throws StaticFilesError `PATRON_HTTP_STATIC_MISSING` where it is not installed. */
export function loadSend(): Send {
  return optionalLibrary(
    '@fastify/send@4',
    (require) => require('@fastify/send') as Send,
    (problem, options) => new StaticFilesError('PATRON_HTTP_STATIC_MISSING', [problem], options),
  );
}
