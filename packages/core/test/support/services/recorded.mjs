// A service whose spans are counted: every request is one; /burst?spans=N makes so many more in one loop, /paced?spans=N&perSecond=R
// as evenly as timers can. When it has stopped it tells how many there were and what became of them. TRACING holds its option
// `tracing`, in JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { Service } from '@patron/core';
import { metrics, withSpan } from '@patron/trace';

let ended = 0;

/** @param {number} count */
function make(count) {
  for (let i = 0; i < count; i++) withSpan('step', () => undefined, { attributes: { i } });
  ended += count;
}

/** @type {Record<string, (query: URLSearchParams) => Promise<void> | void>} */
const paths = {
  '/': () => undefined,
  '/burst': (query) => make(Number(query.get('spans'))),
  async '/paced'(query) {
    const [count, perSecond] = [Number(query.get('spans')), Number(query.get('perSecond'))];
    const startedAt = performance.now();
    for (let made = 0; made < count; ) {
      await sleep(5);
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
      // Where the machine was away for a while, what is due comes evenly all the same: it is a pace, not a burst.
      const now = Math.min(due - made, Math.ceil(perSecond / 50));
      make(now);
      made += now;
    }
  },
};

const tracing = JSON.parse(process.env['TRACING'] ?? '{}');

await new Service({
  name: 'recorded',
  tracing,
  http: {
    host: '127.0.0.1',
    async handler(request, response) {
      ended++; // the request's own
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      await paths[pathname]?.(searchParams);
      response.writeHead(200, { 'Content-Length': 2 });
      response.end('{}');
    },
  },
}).run();

const text = await metrics.scrape();
const exported = Number(/^patron_spans_exported_total (\d+)/m.exec(text)?.[1] ?? 0);
const dropped = Object.fromEntries(
  [...text.matchAll(/^patron_spans_dropped_total\{reason="(\w+)"\} (\d+)/gm)].map(([, reason, count]) => [reason, Number(count)]),
);
process.stderr.write(`${JSON.stringify({ lvl: 'test', msg: 'spans', ended, exported, dropped })}\n`);
