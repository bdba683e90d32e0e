import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, describe, expect, test } from '@jest/globals';
import { endAll, type LogLine, ServiceProcess } from '../support/service-process.ts';

afterAll(endAll);

const ANY_PORT = { PATRON_HTTP_DEFAULT_PORT: '0' };

const says = (pattern: RegExp): unknown => expect.stringMatching(pattern);

async function ready(name: string, env: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = new ServiceProcess('failing.mjs', [name], { ...ANY_PORT, ...env });
  await service.line('service ready');
  return service;
}

async function fetchJson(port: number, path: string): Promise<{ status: number | undefined; body: Record<string, unknown> }> {
  const request = get({ port, host: '127.0.0.1', path, agent: false });
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return { status: response.statusCode, body: JSON.parse(text) as Record<string, unknown> };
}

describe('a stop that is asked for', () => {
  test.concurrent.each(['SIGTERM', 'SIGINT'] as const)('%s ends the service in order, with code 0', async (signal) => {
    const service = await ready('no hangup');
    service.kill(signal);
    const { code } = await service.ended();
    expect({ code, text: service.text, errors: service.errors() }).toEqual({ code: 0, text: [], errors: [] });
    expect(service.left()).toEqual([]);
    expect(service.lines.find(({ msg }) => msg === 'stopping')).toMatchObject({ reason: signal });
  });

  test.concurrent.each(['SIGTERM before the listener is open', 'SIGTERM when the components start'])(
    '%s: a clean stop, nothing is begun that is not ended',
    async (name) => {
      const service = new ServiceProcess('failing.mjs', [name], {
        ...ANY_PORT,
        PATRON_SHUTDOWN_DELAY: name.includes('before') ? '20s' : '0s',
      });
      const { code } = await service.ended();
      expect({ code, text: service.text, errors: service.errors() }).toEqual({ code: 0, text: [], errors: [] });
      const count = (message: string): number => service.messages().filter((one) => one === message).length;
      expect(count('witness stops')).toBe(count('witness runs'));
      expect(count('witness runs')).toBe(name.includes('before') ? 0 : 1);
      expect(service.messages().filter((one) => one.endsWith('closes'))).toEqual(['last closes', 'first closes']);
      expect(service.messages().at(-1)).toBe('stopped');
      expect(service.log().at(-1)?.['durationMs']).toBeLessThan(2000);
    },
  );

  test.concurrent('a wait that the stop aborts is a stop, not a failure', async () => {
    const service = await ready('lets its wait be aborted');
    service.kill('SIGTERM');
    const { code } = await service.ended();
    expect({ code, errors: service.errors() }).toEqual({ code: 0, errors: [] });
  });

  test.concurrent('thirty components that listen to one signal are no leak: nothing is printed', async () => {
    const service = await ready('thirty components');
    service.kill('SIGTERM');
    const { code } = await service.ended();
    expect({ code, text: service.text }).toEqual({ code: 0, text: [] });
    expect(service.messages().filter((message) => message === 'stop: component stopped')).toHaveLength(30);
  });

  test.concurrent.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second signal, %s, ends the process at once with %i and a line that says so', async (signal, code) => {
    const service = await ready('slow');
    service.kill('SIGTERM');
    await service.line('stopping');
    const at = performance.now();
    service.kill(signal);
    const exit = await service.ended();
    expect(exit.code).toBe(code);
    expect(exit.at - at).toBeLessThan(1000);
    expect(service.log().at(-1)).toMatchObject({ lvl: 'error', msg: 'second signal: ending now', signal });
  });

  test.concurrent('one Ctrl-C that arrives twice, as under npm, is one', async () => {
    const service = await ready('Ctrl-C twice');
    service.kill('SIGINT');
    expect((await service.ended()).code).toBe(0);
  });

  test.concurrent('the delay serves on with /ready at 503, and the components go on', async () => {
    const service = await ready('no hangup', { PATRON_SHUTDOWN_DELAY: '25s' });
    const port = await service.port();
    service.kill('SIGTERM');
    await service.line('stopping');
    expect(await fetchJson(port, '/ready')).toMatchObject({ status: 503, body: { ready: false, phase: 'stopping' } });
    expect(await fetchJson(port, '/alive')).toMatchObject({ status: 200 });
    expect(service.messages()).not.toContain('witness stops');
    expect(service.messages()).not.toContain('stop: not ready, served on for balancers to look away');
    service.kill('SIGINT'); // the second signal
    expect((await service.ended()).code).toBe(130);
  });

  test.concurrent('a SIGINT that comes in the delay of another reason ends the delay, not the process', async () => {
    const service = new ServiceProcess('failing.mjs', ['rejects'], { ...ANY_PORT, PATRON_SHUTDOWN_DELAY: '25s' });
    await service.line('stopping');
    service.kill('SIGINT');
    expect((await service.ended()).code).toBe(1);
    expect(service.log().at(-1)).toMatchObject({ msg: 'stopped after a failure', failures: 1 });
    expect(service.log().at(-1)?.['durationMs']).toBeLessThan(2000);
  });

  test.concurrent('SIGINT does not wait the delay', async () => {
    const service = await ready('no hangup', { PATRON_SHUTDOWN_DELAY: '25s' });
    service.kill('SIGINT');
    const { code } = await service.ended();
    expect(code).toBe(0);
    expect(service.log().at(-1)).toMatchObject({ msg: 'stopped' });
    expect(service.log().at(-1)?.['durationMs']).toBeLessThan(2000);
  });

  test.concurrent('a deadline that passes names who was late', async () => {
    const service = await ready('slow', { PATRON_SHUTDOWN_TIMEOUT: '300ms' });
    service.kill('SIGTERM');
    const { code } = await service.ended();
    expect(code).toBe(1);
    expect(service.errors()[0]).toMatchObject({ component: 'slow', code: 'PATRON_COMPONENT_LATE' });
    expect(await service.line('stop: component gave up after the deadline')).toMatchObject({ lvl: 'warn', component: 'slow' });
  });

  test.concurrent('what holds the process open afterwards is named', async () => {
    const service = await ready('leaves a timer');
    service.kill('SIGTERM');
    const line = await service.line('the service has stopped, but something holds the process open');
    expect(line).toMatchObject({ lvl: 'warn', holders: ['Timeout'] });
    service.kill('SIGTERM'); // the service no longer listens
    expect(await service.ended()).toMatchObject({ code: null, signal: 'SIGTERM' });
  });
});

describe('SIGHUP', () => {
  test.concurrent.each([
    ['hangs up', 'hung up', 'info'],
    ['hangup throws', 'onHangup failed, the service goes on', 'error'],
    ['no hangup', 'SIGHUP: nothing to do, option onHangup', 'info'],
  ])('%s: the service goes on', async (name, message, level) => {
    const service = await ready(name);
    service.kill('SIGHUP');
    expect(await service.line(message)).toMatchObject({ lvl: level });
    expect(await fetchJson(await service.port(), '/ready')).toMatchObject({ status: 200 });
    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
  });
});

describe('what the user passes in and throws', () => {
  test.concurrent.each([
    ['readyCheck throws', '/ready', 503, { reasons: { readyCheck: says(/^readyCheck .*no broker/) } }],
    ['readyCheck hangs', '/ready', 503, { reasons: { readyCheck: says(/^readyCheck .*5 s/) } }],
    ['aliveCheck throws', '/alive', 503, { reason: says(/^aliveCheck .*no broker/) }],
    ['info throws', '/info', 200, { components: [{ name: 'witness', state: 'running', info: says(/^info\(\) .*no broker/) }] }],
    ['ready throws', '/ready', 503, { reasons: { witness: says(/^ready\(\) .*no broker/) } }],
  ])('%s: the endpoint says so, and the service goes on', async (name, path, status, body) => {
    const service = new ServiceProcess('failing.mjs', [name], ANY_PORT);
    await service.line('witness runs');
    expect(await fetchJson(await service.port(), path)).toMatchObject({ status, body });
    service.kill('SIGTERM');
    const { code } = await service.ended();
    expect({ code, errors: service.errors() }).toEqual({ code: 0, errors: [] });
  });

  test.concurrent('a check that hangs does not hold up a stop for longer than a check may take', async () => {
    const service = await ready('readyCheck hangs');
    const answer = fetchJson(await service.port(), '/ready');
    await fetchJson(await service.port(), '/alive'); // on another connection: by then the first has been read
    service.kill('SIGTERM');
    expect((await answer).status).toBe(503);
    expect((await service.ended()).code).toBe(0);
  });

  test.concurrent.each([
    ['uncaught error', 'uncaughtException'],
    ['unhandled rejection', 'unhandledRejection'],
  ])('an %s leaves a line in the log and ends the process with 1', async (name, origin) => {
    const service = await ready(name);
    get({ port: await service.port(), host: '127.0.0.1', agent: false }).on('error', () => undefined);
    expect((await service.ended()).code).toBe(1);
    expect(service.errors()).toMatchObject([{ msg: 'uncaught error: the process ends', origin, error: { message: 'no broker' } }]);
  });
});

test('the log of a start and a stop tells what happened, in order, each step of the stop with its duration', async () => {
  const service = await ready('no hangup', { PATRON_SHUTDOWN_DELAY: '50ms' });
  service.kill('SIGTERM');
  await service.ended();
  expect(service.messages()).toEqual([
    'service starting',
    'http listening',
    'witness runs',
    'component started',
    'service ready',
    'stopping',
    'stop: not ready, served on for balancers to look away',
    ...sorted(service, ['witness stops', 'stop: component stopped', 'stop: http drained']),
    'last closes',
    'stop: resource closed',
    'first closes',
    'stop: resource closed',
    'stop: http closed',
    'stopped',
  ]);
  const steps = service.lines.filter(({ msg }) => msg.startsWith('stop:') || msg === 'stopped');
  expect(steps).toHaveLength(7);
  for (const step of steps) expect(step).toMatchObject({ lvl: 'info', srv: 'failing', durationMs: expect.any(Number) as unknown });
  expect(steps[0]?.['durationMs']).toBeGreaterThanOrEqual(49);
  expect(service.lines.find(({ msg }) => msg === 'component started')).toMatchObject({ component: 'witness' });
});

/** Steps that run side by side, in the order in which they happened to end. */
function sorted(service: ServiceProcess, messages: string[]): string[] {
  const at = (message: string): number => service.lines.findIndex(({ msg }: LogLine) => msg === message);
  return [...messages].sort((a, b) => at(a) - at(b));
}
