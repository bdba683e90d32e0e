import type { LoggerFactory } from '@patron/log';
import { type LineMatch, type MemoryLine, type MemoryLog, memoryLog } from '@patron/log/testing';
import { Service, type ServiceOptions } from '../src/index.ts';

/** A service that listens on ports of its own, with what it logged. */
export interface RunningService {
  readonly port: number;
  /** Of the management endpoints: the same port where they have none of their own. */
  readonly managementPort: number;
  readonly log: MemoryLog;
  /** The first line that matches, now or later. */
  line(match: LineMatch): Promise<MemoryLine>;
  /** Stops it; rejects as `run()` does. */
  stop(): Promise<void>;
}

/** Runs a service on 127.0.0.1 and any free port. One at a time: a process has one log. */
export async function startService(options: Partial<ServiceOptions>): Promise<RunningService> {
  const memory = memoryLog();
  const waiting = new Set<() => void>();
  const logger: LoggerFactory = (base) => {
    const sink = memory(base);
    return {
      write(entry) {
        sink.write(entry);
        for (const look of waiting) look();
      },
    };
  };
  const line = (match: LineMatch): Promise<MemoryLine> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = memory.find(match);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });

  const http = typeof options.http === 'function' ? { handler: options.http } : options.http;
  const abort = new AbortController();
  const where = http?.socketPath === undefined ? { port: 0, host: '127.0.0.1' } : {};
  const service = new Service({ name: 'test', ...options, http: { ...where, ...http }, logger });
  const done = service.run(abort.signal);
  done.catch(() => undefined); // stop() tells
  const started = await Promise.race([line({ message: 'http listening' }), done.then(() => undefined)]);
  if (started === undefined) throw new Error('the service ended before it listened');
  const port = portOf(started);
  const apart = memory.find({ message: 'management listening' });
  return {
    port,
    managementPort: apart === undefined ? port : portOf(apart),
    log: memory,
    line,
    stop() {
      abort.abort();
      return done;
    },
  };
}

function portOf({ fields }: MemoryLine): number {
  return Number(new URL(String(fields['address'])).port);
}
