import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from '@jest/globals';
import { endAll, ServiceProcess } from '../support/service-process.ts';

afterAll(endAll);

/** What a stranger has to be able to rely on, whatever went wrong. */
interface Failure {
  name: string;
  /** Sent once the component runs. @default it fails by itself */
  signal?: NodeJS.Signals;
  /** The error lines of the log, in order, without the closing one. */
  errors: string[];
  codes: string[];
  env?: Record<string, string>;
  /** What must have been said, in this order. @default the component beside it stops, then the resources in reverse */
  order?: string[];
  /** Timers and sockets that are left. @default none */
  left?: string[];
}

const STOP = ['witness runs', 'stopping', 'witness stops', 'last closes', 'first closes', 'stopped after a failure'];
const WITHOUT_START = ['stopping', 'last closes', 'first closes', 'stopped after a failure'];
const AT_ONCE = { PATRON_SHUTDOWN_TIMEOUT: '400ms' };
const LATE = 'component "culprit" did not stop before the deadline, 400 ms after the stop began';

const failures: Failure[] = [
  { name: 'rejects', errors: ['component "culprit" failed: no broker'], codes: ['PATRON_COMPONENT_FAILED'] },
  { name: 'rejects later', errors: ['component "culprit" failed: no broker'], codes: ['PATRON_COMPONENT_FAILED'] },
  { name: 'throws', errors: ['component "culprit" failed: no broker'], codes: ['PATRON_COMPONENT_FAILED'] },
  {
    name: 'throws a string',
    errors: ['component "culprit" failed: threw "no broker", which is no Error'],
    codes: ['PATRON_COMPONENT_FAILED'],
  },
  {
    name: 'throws undefined',
    errors: ['component "culprit" failed: threw undefined, which is no Error'],
    codes: ['PATRON_COMPONENT_FAILED'],
  },
  { name: 'returns', errors: ['component "culprit" returned before it was asked to stop'], codes: ['PATRON_COMPONENT_RETURNED'] },
  { name: 'returns nothing', errors: ['component "culprit" returned before it was asked to stop'], codes: ['PATRON_COMPONENT_RETURNED'] },
  { name: 'ignores its signal', signal: 'SIGTERM', env: AT_ONCE, errors: [LATE], codes: ['PATRON_COMPONENT_LATE'] },
  { name: 'rejects at the deadline', signal: 'SIGTERM', env: AT_ONCE, errors: [LATE], codes: ['PATRON_COMPONENT_LATE'] },
  { name: 'ignores both signals', signal: 'SIGTERM', env: AT_ONCE, errors: [LATE], codes: ['PATRON_COMPONENT_LATE'], left: ['Timeout'] },
  {
    name: 'fails while stopping',
    signal: 'SIGTERM',
    errors: ['component "culprit" failed: no broker'],
    codes: ['PATRON_COMPONENT_FAILED'],
  },
  {
    name: 'two fail',
    errors: ['component "culprit" failed: no broker', 'component "accomplice" failed: no disk'],
    codes: ['PATRON_COMPONENT_FAILED', 'PATRON_COMPONENT_FAILED'],
  },
  { name: 'logger throws', errors: ['no log server'], codes: [], order: WITHOUT_START },
  {
    name: 'resource rejects',
    signal: 'SIGTERM',
    errors: ['resource "culprit" failed to close: no broker'],
    codes: ['PATRON_RESOURCE_CLOSE_FAILED'],
  },
  {
    name: 'resource throws',
    signal: 'SIGTERM',
    errors: ['resource "culprit" failed to close: no broker'],
    codes: ['PATRON_RESOURCE_CLOSE_FAILED'],
  },
  {
    name: 'resource hangs',
    signal: 'SIGTERM',
    env: AT_ONCE,
    errors: ['resource "culprit" did not close before the deadline'],
    codes: ['PATRON_RESOURCE_CLOSE_FAILED'],
  },
];

describe('whichever way a component fails, the others stop in order, the exit code is 1 and one error says who', () => {
  test.concurrent.each(failures)('$name', async ({ name, signal, errors, codes, env, order, left }) => {
    const service = new ServiceProcess('failing.mjs', [name], { PATRON_HTTP_DEFAULT_PORT: '0', ...env });
    if (signal !== undefined) {
      await service.line('service ready');
      service.kill(signal);
    }
    await expectFailure(service, { errors, codes, order: order ?? STOP, left: left ?? [] });
  });

  test.concurrent.each(['port in use', 'management port in use'])('%s: it says which, and how to choose another', async (name) => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const management = name.startsWith('management');
      const service = new ServiceProcess(
        'failing.mjs',
        [name],
        management ? { PATRON_HTTP_DEFAULT_PORT: '0', MANAGEMENT_PORT: String(port) } : { PATRON_HTTP_DEFAULT_PORT: String(port) },
      );
      const how = management ? 'the option management.port' : 'PATRON_HTTP_DEFAULT_PORT or the option http.port';
      await expectFailure(service, {
        errors: [
          `component "${management ? 'management' : 'http'}" can't listen: port ${port} of 127.0.0.1 is in use by another process: ` +
            `stop that one, or choose another port with ${how} (0 takes a free one)`,
        ],
        codes: ['PATRON_LISTEN_FAILED'],
        order: WITHOUT_START,
        left: [],
      });
      expect(service.messages()).not.toContain('witness runs');
    } finally {
      taken.close();
    }
  });
});

async function expectFailure(
  service: ServiceProcess,
  expected: { errors: string[]; codes: string[]; order: string[]; left: string[] },
): Promise<void> {
  const { code } = await service.ended();
  expect({ code, dump: code === 1 ? '' : service.dump() }).toEqual({ code: 1, dump: '' });
  // Each failure has one line, and the end another that says how many there were.
  const errors = service.errors();
  expect(errors.map(({ msg }) => msg)).toEqual([...expected.errors, 'stopped after a failure']);
  expect(errors.at(-1)).toMatchObject({ failures: expected.errors.length });
  expect(errors.slice(0, -1).flatMap(({ code: known }) => known ?? [])).toEqual(expected.codes);
  const told = service.messages().filter((message) => expected.order.includes(message));
  expect(told).toEqual(expected.order);
  // What Node prints of the error that nobody caught: once, with every failure in it, and without a word of our insides.
  const text = service.text.join('\n');
  expect(text.match(/\[ServiceError \[PATRON_SERVICE_FAILED\]: service "failing" failed/g)).toHaveLength(1);
  for (const message of expected.errors) expect(text).toContain(`  - ${message}`);
  expect(errors.at(-1)?.['durationMs']).toBeLessThan(2000);
  expect(service.left()).toEqual(expected.left);
}
