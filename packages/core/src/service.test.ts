import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { memoryLog } from '@patron/log/testing';
import type { Component } from './component.ts';
import { ServiceError } from './errors.ts';
import type { ServiceOptions } from './options.ts';
import { Service } from './service.ts';

const memory = memoryLog();
beforeEach(() => memory.clear());

/** How many sockets hold the loop. (Timers: in test/integration, as the test runner has some that come and go.) */
const KINDS = ['TCPServerWrap', 'TCPSocketWrap', 'PipeWrap'];
const holding = (): number[] => KINDS.map((kind) => process.getActiveResourcesInfo().filter((one) => one === kind).length);
let before: number[];
beforeEach(() => {
  before = holding();
});
afterEach(async () => {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve)); // closed handles go with the next turn of the loop
  // Not more: what a suite before this one left to the runner's process may go meanwhile.
  for (const [i, count] of holding().entries()) expect([KINDS[i], Math.max(0, count - (before[i] ?? 0))]).toEqual([KINDS[i], 0]);
});

const make = (options: Partial<ServiceOptions> = {}): Service =>
  new Service({ name: 'test', http: { port: 0, host: '127.0.0.1' }, logger: memory, ...options });

/** Runs until `signal` aborts and says how it went. */
async function failuresOf(running: Promise<void>): Promise<readonly unknown[]> {
  const error: unknown = await running.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceError);
  expect(error).toBeInstanceOf(AggregateError);
  return (error as AggregateError).errors;
}

const waits = (name: string, more: Partial<Component> = {}): Component => ({
  name,
  async run({ signal }) {
    if (!signal.aborted) await once(signal, 'abort');
  },
  ...more,
});

describe('run()', () => {
  test("resolves after an orderly stop at the caller's signal, and leaves nothing on it", async () => {
    const abort = new AbortController();
    const running = make({ components: [waits('a')] }).run(abort.signal);
    await line('service ready');
    abort.abort();
    await running;
    expect(memory.find({ message: 'stopping' })?.fields).toMatchObject({ reason: "the caller's signal" });
    expect(memory.lines.at(-1)).toMatchObject({ level: 'info', message: 'stopped' });
  });

  test('with a signal that has aborted already begins nothing: no listener, no component', async () => {
    await make({
      components: [waits('a', { run: () => Promise.reject(new Error('was run')) })],
      shutdown: { delayMs: 1000, timeoutMs: 5000 },
    }).run(AbortSignal.abort());
    expect(memory.lines.map(({ message }) => message)).toEqual(['service starting', 'stopping', 'stopped']);
  });

  test('closes the resources in reverse order in that case too: they were open before', async () => {
    const closed: string[] = [];
    const resource = (name: string) => ({ name, close: async () => void closed.push(name) });
    await make({ resources: [resource('pool'), resource('producer')] }).run(AbortSignal.abort());
    expect(closed).toEqual(['producer', 'pool']);
  });

  test('is for once', async () => {
    const service = make();
    const running = service.run(AbortSignal.abort());
    await expect(service.run()).rejects.toMatchObject({
      code: 'PATRON_SERVICE_RAN',
      message: 'service "test" has run already: make a new one',
    });
    await running;
  });

  test('leaves neither signal handlers nor listeners behind', async () => {
    const names = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtExceptionMonitor'];
    const count = (): number[] => names.map((name) => process.listenerCount(name));
    const counted = count();
    const abort = new AbortController();
    let added = 0;
    const { addEventListener, removeEventListener } = abort.signal;
    abort.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => (added++, addEventListener.apply(abort.signal, args));
    abort.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => (
      added--, removeEventListener.apply(abort.signal, args)
    );
    await failuresOf(make({ components: [{ name: 'a', run: () => Promise.reject(new Error('no')) }] }).run(abort.signal));
    expect(count()).toEqual(counted);
    expect(added).toBe(0);
  });

  test('rejects with every failure, each once, in the order in which they came', async () => {
    const failures = await failuresOf(
      make({
        components: [
          waits('late', {
            run: ({ deadline }) => new Promise((_, reject) => deadline.addEventListener('abort', () => reject(new Error('gave up')))),
          }),
          { name: 'first', run: () => Promise.reject(new Error('no broker')) },
        ],
        resources: [
          { name: 'pool', close: () => Promise.reject(new Error('no pool')) },
          { name: 'producer', close: () => new Promise(() => undefined) },
        ],
        shutdown: { timeoutMs: 50 },
      }).run(),
    );
    expect(failures).toMatchObject([
      { code: 'PATRON_COMPONENT_FAILED', component: 'first', cause: { message: 'no broker' } },
      { code: 'PATRON_COMPONENT_LATE', component: 'late' },
      { code: 'PATRON_RESOURCE_CLOSE_FAILED', resource: 'producer' },
      { code: 'PATRON_RESOURCE_CLOSE_FAILED', resource: 'pool', cause: { message: 'no pool' } },
    ]);
    expect(memory.findAll({ level: 'error' })).toHaveLength(5);
  });

  test('ends in a bounded time, whoever hangs, and gives who is asked late a moment', async () => {
    const startedAt = performance.now();
    const hang = (): Promise<void> => new Promise(() => undefined);
    const failures = await failuresOf(
      make({
        components: [
          { name: 'a', run: hang },
          { name: 'b', run: hang },
        ],
        resources: [
          { name: 'hangs', close: hang },
          { name: 'takes a moment', close: () => new Promise((resolve) => setTimeout(resolve, 20)) },
        ],
        shutdown: { timeoutMs: 100 },
      }).run(AbortSignal.timeout(20)),
    );
    expect(performance.now() - startedAt).toBeLessThan(1700);
    expect(failures).toMatchObject([{ component: 'a' }, { component: 'b' }, { resource: 'hangs' }]);
  });

  test('a logger that can not be set up is a failure like any other', async () => {
    const logger = (): never => {
      throw new Error('no log server');
    };
    expect(await failuresOf(make({ logger }).run())).toMatchObject([{ message: 'no log server' }]);
  });

  test('a component may fail while the service waits its delay: it is named, and the others go on until the end of it', async () => {
    let fail: (error: Error) => void = () => undefined;
    const running = make({
      components: [waits('witness'), { name: 'culprit', run: () => new Promise((_, reject) => (fail = reject)) }],
      shutdown: { delayMs: 100 },
    }).run(AbortSignal.timeout(20));
    await line('stopping');
    fail(new Error('no broker'));
    expect(await failuresOf(running)).toMatchObject([{ component: 'culprit' }]);
    const messages = memory.lines.map(({ message }) => message);
    expect(messages.indexOf('stop: component stopped')).toBeGreaterThan(
      messages.indexOf('stop: not ready, served on for balancers to look away'),
    );
  });
});

describe('the log of a start', () => {
  test('names each component when it is ready, with its address, and then the service', async () => {
    let isReady = false;
    const abort = new AbortController();
    const running = make({
      components: [waits('grpc', { ready: () => isReady, info: () => ({ address: '127.0.0.1:50051' }) }), waits('kafka')],
    }).run(abort.signal);
    await line('component started');
    expect(memory.findAll({ message: 'component started' }).map(({ fields }) => fields['component'])).toEqual(['kafka']);
    expect(memory.find({ message: 'service ready' })).toBeUndefined();
    isReady = true;
    await line('service ready');
    expect(memory.findAll({ message: 'component started' })[1]?.fields).toMatchObject({ component: 'grpc', address: '127.0.0.1:50051' });
    abort.abort();
    await running;
  });

  test('does not call a component started that failed at once', async () => {
    await failuresOf(make({ components: [{ name: 'a', run: () => Promise.reject(new Error('no')) }] }).run());
    expect(memory.find({ message: 'component started' })).toBeUndefined();
  });
});

describe('while the service stops', () => {
  test('a request in flight is answered, and what comes after on a new connection too, until the components have stopped', async () => {
    let letGo = (): void => undefined;
    const abort = new AbortController();
    const running = make({
      http: { port: 0, host: '127.0.0.1', handler: (_, response) => response.end('served') },
      components: [waits('slow', { run: () => new Promise((resolve) => (letGo = resolve)) })],
    }).run(abort.signal);
    const port = await listeningPort();
    abort.abort();
    await line('stop: http drained');
    expect(await status(port, '/')).toEqual({ status: 200, connection: 'close' });
    expect(await status(port, '/ready')).toEqual({ status: 503, connection: 'close' });
    letGo();
    await running;
  });

  test('an application whose resources are being closed answers 503, and the management endpoints go on', async () => {
    let letGo = (): void => undefined;
    const abort = new AbortController();
    const running = make({
      http: { port: 0, host: '127.0.0.1', handler: (_, response) => response.end('served') },
      resources: [{ name: 'pool', close: () => new Promise((resolve) => (letGo = resolve)) }],
    }).run(abort.signal);
    const port = await listeningPort();
    abort.abort();
    await line('stop: http drained');
    expect(await status(port, '/')).toEqual({ status: 503, connection: 'close' });
    expect(await status(port, '/alive')).toEqual({ status: 200, connection: 'close' });
    letGo();
    await running;
  });

  test('answers that the deadline cuts are named, and are a failure', async () => {
    const abort = new AbortController();
    const running = make({ http: { port: 0, host: '127.0.0.1', handler: () => undefined }, shutdown: { timeoutMs: 100 } }).run(
      abort.signal,
    );
    const port = await listeningPort();
    const agent = new Agent({ keepAlive: true });
    const request = get({ port, host: '127.0.0.1', path: '/report?token=secret', agent });
    await status(port, '/alive');
    const failures = failuresOf(running);
    abort.abort();
    const [error] = await once(request, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    await once(request, 'close');
    const message = 'component "http" had 1 answer left when the deadline passed, which were cut: GET /report';
    expect(await failures).toMatchObject([{ code: 'PATRON_COMPONENT_LATE', component: 'http', message }]);
    agent.destroy();
  });
});

/** Waits for a line; jest's own time is the limit. */
async function line(message: string): Promise<void> {
  while (memory.find({ message }) === undefined) await new Promise((resolve) => setImmediate(resolve));
}

async function listeningPort(): Promise<number> {
  await line('service ready');
  return Number(new URL(String(memory.find({ message: 'http listening' })?.fields['address'])).port);
}

async function status(port: number, path: string): Promise<{ status: number | undefined; connection: string | undefined }> {
  const [response] = await once(get({ port, host: '127.0.0.1', path, agent: false }), 'response');
  response.resume();
  await once(response, 'close');
  return { status: response.statusCode, connection: response.headers.connection };
}
