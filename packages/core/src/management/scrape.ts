import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { log } from '@patron/log';
import { metrics } from '@patron/trace';
import { prefersOpenMetrics } from './accept.ts';

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * GET /metrics: OpenMetrics for who prefers it by Accept, else the Prometheus text format. Goes out piece by piece, as fast as
 * the scraper reads: one that stalls holds a piece, and its connection until the write timeout.
 */
export async function scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const open = prefersOpenMetrics(request.headers.accept);
  response.writeHead(200, { 'Content-Type': open ? OPENMETRICS : PROMETHEUS, 'Cache-Control': 'no-store', Vary: 'Accept' });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const failed = (name: string, error: unknown): void => log.error('metric can not be read', { metric: name, error });
  await pipeline(Readable.from(metrics.scrapeInPieces(open ? 'openmetrics' : 'prometheus', failed)), response);
}
