import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of a service's log. */
export interface Line {
  msg: string;
  lvl?: string;
  srv?: string;
  time?: string;
  correlationID?: string;
  trace_id?: string;
  address?: string;
  item?: string;
  durationMs?: number;
  /** What was closed. */
  resource?: string;
  attempt?: number;
}

/** A service that runs. */
export type Program = Awaited<ReturnType<typeof startProgram>>;

/**
 * A service of the example as a process of its own, seen from outside: its requests, its log, its end.
 * @param file - What is run: main.js, warehouse.js, shipping.js.
 * @param env - Variables besides those of this process; patron's and OpenTelemetry's of this process don't count.
 */
export async function startProgram(file: string, env: Record<string, string>) {
  const startedAt = performance.now();
  const inherited = Object.entries(process.env).filter(([name]) => !/^(PATRON|OTEL)_/.test(name));
  const child = spawn(process.execPath, [file], {
    env: { ...Object.fromEntries(inherited), PATRON_HTTP_DEFAULT_PORT: '0', ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const raw: string[] = [];
  const lines: Line[] = [];
  const waiting: { wanted: (line: Line) => boolean; resolve: (line: Line) => void }[] = [];
  const reader = createInterface({ input: child.stderr });
  reader.on('line', (text) => {
    const line = text.startsWith('{') ? (JSON.parse(text) as Line) : { msg: text };
    raw.push(text);
    lines.push(line);
    for (const waiter of waiting) if (waiter.wanted(line)) waiter.resolve(line);
  });
  const exited = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(([[code]]) => ({ code: code as number | null, lines }));

  /** The log line with that message, which may be there or yet to come. */
  const line = async (msg: string, item?: string): Promise<Line> => {
    const wanted = (candidate: Line): boolean => candidate.msg === msg && (item === undefined || candidate.item === item);
    const found = lines.find(wanted);
    if (found !== undefined) return found;
    const gone = exited.then(({ code }): never => {
      throw new Error(`${file} ended with code ${code} before it logged "${msg}":\n${raw.join('\n')}`);
    });
    return Promise.race([new Promise<Line>((resolve) => waiting.push({ wanted, resolve })), gone]);
  };

  const address = (await line('http listening')).address ?? '';
  await line('service ready');
  const readyMs = Math.round(performance.now() - startedAt);
  const get = (path: string, headers: Record<string, string>) => fetch(`${address}${path}`, { headers });
  return {
    address,
    readyMs,
    exited,
    line,
    get,
    post: (path: string, body: unknown, headers: Record<string, string>) =>
      fetch(`${address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    linesOf: (id: string) => lines.filter(({ correlationID }) => correlationID === id),
    async metrics(name: string) {
      const text = await (await get('/metrics', {})).text();
      return text.split('\n').filter((sample) => sample.startsWith(`${name}{`));
    },
    stop: () => child.kill('SIGTERM'),
    /** For the end of a demo that went wrong. */
    kill: () => child.kill('SIGKILL'),
  };
}
