import type { IncomingMessage, ServerResponse } from 'node:http';
import { log } from '@patron/log';
import { metrics } from '@patron/trace';
import { prefersOpenMetrics } from './accept.ts';
import { answerText } from './answer.ts';

const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** GET /metrics: OpenMetrics for who prefers it by Accept, else the Prometheus text format. */
export async function scrape(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const open = prefersOpenMetrics(request.headers.accept);
  const text = await metrics.scrape(open ? 'openmetrics' : 'prometheus', (name, error) =>
    log.error('metric can not be read', { metric: name, error }),
  );
  response.setHeader('Vary', 'Accept');
  answerText(response, 200, text, open ? OPENMETRICS : PROMETHEUS);
}
