import type { IncomingMessage, ServerResponse } from 'node:http';
import { LEVELS, levelState, log, parseLevel, setLevel } from '@patron/log';
import { parseDuration } from '../duration.ts';
import { answerJson } from './answer.ts';

const MAX_BODY = 1024;
/** 596 hours: the longest that a timer of Node waits. */
const LONGEST_MS = 596 * 3_600_000;

/** GET /log/level: the level, and until when where it was changed for a time. */
export function readLevel(response: ServerResponse): void {
  const { level, until } = levelState();
  answerJson(response, 200, until === undefined ? { level } : { level, until: until.toISOString() });
}

/** PUT /log/level with `{ "level": "debug", "for": "10m" }`; without `for` it lasts. 400 names what is wrong with the body. */
export async function changeLevel(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readSmall(request);
  if (body === undefined) {
    response.setHeader('Connection', 'close'); // the rest of it is not going to be read
    answerJson(response, 413, { error: `the body is longer than ${MAX_BODY} bytes` });
    return;
  }
  const change = parseChange(body);
  if (typeof change === 'string') {
    answerJson(response, 400, { error: change });
    return;
  }
  const before = levelState().level;
  setLevel(change.level, change.forMs === undefined ? {} : { forMs: change.forMs });
  log.warn('log level changed', { from: before, to: change.level, ...(change.forMs !== undefined && { forMs: change.forMs }) });
  readLevel(response);
}

function parseChange(body: string): { level: (typeof LEVELS)[number]; forMs?: number } | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return 'the body is no JSON: send {"level":"debug","for":"10m"}';
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return 'send {"level":"debug","for":"10m"}';
  const { level: name, for: duration } = parsed as { level?: unknown; for?: unknown };
  const level = typeof name === 'string' ? parseLevel(name) : undefined;
  if (level === undefined) return `level is ${JSON.stringify(name) ?? 'missing'}: it takes one of ${LEVELS.join(', ')}`;
  if (duration === undefined) return { level };
  const forMs = typeof duration === 'string' ? parseDuration(duration) : undefined;
  if (forMs === undefined || !(forMs >= 1 && forMs <= LONGEST_MS))
    return `for is ${JSON.stringify(duration)}: it takes a duration of 1ms to 596h, such as 90s or 10m`;
  return { level, forMs };
}

/** The body; undefined where it is too long. Leaving a `for await` early would cut the connection, and the answer with it. */
function readSmall(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY) chunks.push(chunk);
      else {
        request.pause();
        resolve(undefined);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
  });
}
