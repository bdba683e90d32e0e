import type { IncomingMessage, ServerResponse } from 'node:http';
import { onceClosed } from '../../http/once-closed.ts';
import { answerJson, answerText } from '../answer.ts';
import { INDEX_PAGE } from './index-page.ts';
import type { Profile } from './profile.ts';
import { Busy, type ProfileRecorder, Unavailable } from './recorder.ts';

const CPU_SECONDS = 30;
const HEAP_SECONDS = 10;
const MOST_SECONDS = 300;
const HZ = 100;
const MOST_HZ = 10_000;

/** A loop that is worth a profile is slow to make one. */
const ENCODING_MS = 30_000;

const BINARY = 'application/octet-stream';
const TEXT = 'text/plain; charset=utf-8';

type Endpoint = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * What stands below /debug/pprof/, as Go's net/http/pprof has it.
 * @param stopping - Aborts when the service stops: a profile that is being recorded ends, and is answered.
 */
export function pprofEndpoints(recorder: ProfileRecorder, stopping: AbortSignal): Readonly<Record<string, Endpoint>> {
  const record = async (
    request: IncomingMessage,
    response: ServerResponse,
    { name, ms }: { name: string; ms: number },
    take: (signal: AbortSignal) => Promise<Profile>,
  ): Promise<void> => {
    const debug = read(request, 'debug', 0, 0, 2);
    if (typeof debug === 'string') return answerJson(response, 400, { error: debug });
    if (request.method === 'HEAD') return void response.writeHead(200, { 'Content-Type': debug === 0 ? BINARY : TEXT }).end();
    if (stopping.aborted) return answerJson(response, 503, { error: 'the service is stopping: nothing is recorded any more' });
    const left = new AbortController();
    onceClosed(response, () => left.abort());
    const restore = allowSilence(request, ms);
    let profile: Profile;
    try {
      profile = await take(AbortSignal.any([left.signal, stopping]));
    } catch (error) {
      if (error instanceof Busy) return answerJson(response, 409, { error: error.message });
      if (error instanceof Unavailable) return answerJson(response, 501, { error: error.message });
      throw error;
    } finally {
      restore();
    }
    if (left.signal.aborted) return;
    const { answerProfile, answerTable } = await import('./answer-profile.ts'); // for who asks only: a start has no use for it
    if (debug === 0) await answerProfile(response, name, profile);
    else answerTable(response, name, profile);
  };

  const heap =
    (kind: 'heap' | 'allocs'): Endpoint =>
    async (request, response) => {
      const seconds = read(request, 'seconds', undefined, 1, MOST_SECONDS);
      const gc = read(request, 'gc', 0, 0, 1);
      const problem = [seconds, gc].find((value) => typeof value === 'string');
      if (problem !== undefined) return answerJson(response, 400, { error: problem });
      const ms = seconds === undefined ? undefined : Number(seconds) * 1000;
      return record(request, response, { name: kind, ms: ms ?? HEAP_SECONDS * 1000 }, (signal) =>
        kind === 'heap' && recorder.isStanding
          ? recorder.standingHeap(ms, gc === 1, signal)
          : recorder.heap(kind, ms ?? HEAP_SECONDS * 1000, gc === 1, signal),
      );
    };

  return {
    '/debug/pprof/': (_, response) => answerText(response, 200, INDEX_PAGE, 'text/html; charset=utf-8'),
    '/debug/pprof/cmdline': (_, response) => answerText(response, 200, [...process.execArgv, ...process.argv].join('\0'), TEXT),
    '/debug/pprof/profile': async (request, response) => {
      const seconds = read(request, 'seconds', CPU_SECONDS, 1, MOST_SECONDS);
      const hz = read(request, 'hz', HZ, 1, MOST_HZ);
      const problem = [seconds, hz].find((value) => typeof value === 'string');
      if (problem !== undefined) return answerJson(response, 400, { error: problem });
      const ms = Number(seconds) * 1000;
      return record(request, response, { name: 'profile', ms }, (signal) => recorder.cpu(ms, Number(hz), signal));
    },
    '/debug/pprof/heap': heap('heap'),
    '/debug/pprof/allocs': heap('allocs'),
  };
}

/** A connection on which nothing moves is cut: not one that waits for its recording. @returns what puts the limit back */
function allowSilence({ socket }: IncomingMessage, ms: number): () => void {
  const { timeout } = socket;
  if (timeout === 0) return () => undefined;
  socket.setTimeout((timeout ?? 0) + ms + ENCODING_MS);
  return () => {
    if (timeout !== undefined) socket.setTimeout(timeout);
  };
}

/** A number of the query; a sentence where it is none. */
function read(
  request: IncomingMessage,
  name: string,
  standard: number | undefined,
  least: number,
  most: number,
): number | string | undefined {
  const [, query = ''] = (request.url ?? '').split('?', 2);
  const text = new URLSearchParams(query).get(name);
  if (text === null) return standard;
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  return `${name} is ${JSON.stringify(text.slice(0, 80))}: it takes a whole number from ${least} to ${most}`;
}
