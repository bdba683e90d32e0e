import type { RequestListener } from 'node:http';
import { afterEach } from '@jest/globals';
import { Service } from '@patron/core';
import type { LoggerFactory } from '@patron/log';
import { memoryLog } from '@patron/log/testing';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Runs a service for a test, whole, and stops it afterwards. @returns its port */
export async function runService(handler: RequestListener): Promise<number> {
  return (await startService(handler)).port;
}

/** The same for a test that stops it itself; `stop` settles as `run()` does. */
export async function startService(handler: RequestListener): Promise<{ port: number; stop: () => Promise<void> }> {
  const memory = memoryLog();
  const abort = new AbortController();
  return new Promise((resolve) => {
    const stop = (): Promise<void> => {
      abort.abort();
      return done;
    };
    const logger: LoggerFactory = (base) => {
      const sink = memory(base);
      return {
        write(entry) {
          sink.write(entry);
          const address = memory.find({ message: 'http listening' })?.fields['address'];
          if (typeof address === 'string') resolve({ port: Number(new URL(address).port), stop });
        },
      };
    };
    const done = new Service({ name: 'test', http: { handler, port: 0, host: '127.0.0.1' }, logger }).run(abort.signal);
    stops.push(stop);
  });
}
