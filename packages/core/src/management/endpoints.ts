import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { log } from '@patron/log';
import { isLoopbackPeer } from '../http/peer.ts';
import { answerJson } from './answer.ts';
import { alive, type Check, ready, type ReadyReport, timed } from './health.ts';
import { changeLevel, readLevel } from './log-level.ts';
import { PathTable } from './path.ts';
import { pprofEndpoints } from './pprof/endpoints.ts';
import type { ProfileRecorder } from './pprof/recorder.ts';
import { scrape } from './scrape.ts';

/** What the endpoints show, and who may change something through them. */
export interface ManagementOptions {
  aliveCheck: Check | undefined;
  readyCheck: Check | undefined;
  readiness(): ReadyReport;
  info(): Record<string, unknown>;
  debug: 'loopback' | 'all' | 'off';
  recorder: ProfileRecorder;
  /** Aborts when the service begins to stop. */
  stopping: AbortSignal;
}

type Endpoint = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** The paths that belong to the service; an application's route on one of them is refused at construction. */
export const MANAGEMENT_PATHS = [
  '/alive',
  '/ready',
  '/metrics',
  '/info',
  '/log/level',
  '/debug/pprof/',
  '/debug/pprof/allocs',
  '/debug/pprof/cmdline',
  '/debug/pprof/heap',
  '/debug/pprof/profile',
] as const;

/** Answers a request for a management path; false where the path is none. */
export type ManagementHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** The management endpoints of a service. They are not instrumented: a probe a second would drown what users do. */
export function managementHandler(options: ManagementOptions): ManagementHandler {
  const aliveCheck = options.aliveCheck && timed('aliveCheck', options.aliveCheck);
  const readyCheck = options.readyCheck && timed('readyCheck', options.readyCheck);
  const pprof = Object.entries(pprofEndpoints(options.recorder, options.stopping));
  const endpoints: Record<string, Partial<Record<string, Endpoint>>> = {
    '/alive': { GET: (_, response) => alive(response, aliveCheck) },
    '/ready': { GET: (_, response) => ready(response, () => options.readiness(), readyCheck) },
    '/metrics': { GET: scrape },
    '/info': { GET: (_, response) => answerJson(response, 200, options.info()) },
    '/log/level': { GET: (_, response) => readLevel(response), PUT: guarded(options.debug, changeLevel) },
    ...Object.fromEntries(pprof.map(([path, endpoint]) => [path, { GET: guarded(options.debug, endpoint) }])),
  };
  const byPath = new PathTable(Object.entries(endpoints));
  return (request, response) => {
    const methods = byPath.find(request.url ?? '/');
    if (methods === undefined) return false;
    const endpoint = methodOf(methods, request.method);
    if (endpoint === undefined) {
      response.setHeader('Allow', allowed(methods));
      answerJson(response, 405, { error: 'Method Not Allowed' });
    } else void call(endpoint, request, response);
    return true;
  };
}

/** Answers everything: management where it has a port of its own. */
export function managementListener(handler: ManagementHandler): RequestListener {
  return (request, response) => {
    if (!handler(request, response)) answerJson(response, 404, { error: 'Not Found', paths: MANAGEMENT_PATHS });
  };
}

async function call(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await endpoint(request, response);
  } catch (error) {
    if (response.destroyed) return; // the client went in the middle of its request
    log.error('management endpoint failed', { path: request.url, error });
    if (response.headersSent) response.destroy();
    else answerJson(response, 500, { error: 'Internal Server Error' });
  }
}

function guarded(debug: ManagementOptions['debug'], endpoint: Endpoint): Endpoint {
  return (request, response) => {
    if (debug === 'all' || (debug === 'loopback' && isLoopbackPeer(request))) return endpoint(request, response);
    answerJson(response, 403, {
      error: debug === 'off' ? 'switched off' : 'only for requests from this machine that came through no proxy; option management.debug',
    });
  };
}

function methodOf(methods: Partial<Record<string, Endpoint>>, name = ''): Endpoint | undefined {
  const method = name === 'HEAD' ? 'GET' : name; // node:http leaves the body out
  return Object.hasOwn(methods, method) ? methods[method] : undefined;
}

function allowed(methods: Partial<Record<string, Endpoint>>): string {
  return [...Object.keys(methods), 'HEAD'].sort().join(', ');
}
