import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { compileWork } from '../support/compiled-work.ts';
import { endAll, ServiceProcess } from '../support/service-process.ts';

afterEach(endAll);

const work = compileWork();

describe('a service with a watchdog', () => {
  test('names the function that blocked the event loop, and how long', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('event loop watched');
    await fetch(`${base}/block/700`);
    const line = await service.line('event loop blocked');
    expect(line['blockedMs']).toBeGreaterThanOrEqual(400);
    expect(line['blockedMs']).toBeLessThan(5000);
    const stack = line['stack'] as string[];
    // The lines of the TypeScript, not of what was made of it.
    expect(stack).toContainEqual(expect.stringMatching(/^blockTheLoop .*work\.ts:27$/));
    expect(stack).toContainEqual(expect.stringMatching(/profiled\.mjs:\d+$/));

    await fetch(`${base}/block/400`); // within ten seconds: counted, not logged
    let metrics = '';
    while (!/^nodejs_eventloop_blocked_total 2$/m.test(metrics)) metrics = await (await fetch(`${base}/metrics`)).text();
    expect(service.lines.filter(({ msg }) => msg === 'event loop blocked')).toHaveLength(1);
    expect(await (await fetch(`${base}/`)).text()).toBe('ok'); // nothing was left paused

    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
  });

  test('that is never blocked logs nothing, and nothing holds its end', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('event loop watched');
    for (let i = 0; i < 50; i++) await (await fetch(`${base}/`)).text();
    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
    expect(service.messages()).not.toContain('event loop blocked');
  });

  test('can be killed in the middle of a block: the signal waits for the loop, and the end is orderly', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('service ready');
    await service.line('event loop watched');
    const blocked = fetch(`${base}/block/1000`);
    await service.line('request'); // it blocks from there on
    service.kill('SIGTERM');
    expect(await (await blocked).text()).toBe('ok');
    expect((await service.ended()).code).toBe(0);
  });

  test('whose loop never comes back is told of by the thread, in a line like others, and more than once where it does', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    const ready = await service.line('event loop watched');
    const blocked = fetch(`${base}/block/8000`).then((answer) => answer.text());
    const lost = await service.line('event loop blocked, and not free again yet');
    expect(lost).toMatchObject({ lvl: 'error', srv: 'profiled', ver: '1', host: ready['host'] });
    expect(lost['blockedMs']).toBeGreaterThanOrEqual(5000);
    expect(lost['stack']).toContainEqual(expect.stringMatching(/^blockTheLoop .*work\.ts:27$/));
    expect(service.messages()).not.toContain('event loop blocked'); // the thread's line did not wait for the loop
    expect(await blocked).toBe('ok');
    expect((await service.line('event loop blocked'))['blockedMs']).toBeGreaterThan(7000);
  });

  test('names who called the native code that blocked the event loop', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('event loop watched');
    await fetch(`${base}/native/700`);
    const { stack } = (await service.line('event loop blocked')) as unknown as { stack: string[] };
    expect(stack[0]).toMatch(/^handler .*profiled\.mjs:\d+$/);
  });

  test('does not take a process that was frozen for one that was blocked', async () => {
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('event loop watched');
    for (let i = 0; i < 20; i++) {
      service.kill('SIGSTOP');
      spawnSync('sleep', ['0.35']);
      service.kill('SIGCONT');
      await fetch(`${base}/`);
    }
    await fetch(`${base}/block/700`);
    await service.line('event loop blocked');
    expect(await (await fetch(`${base}/metrics`)).text()).toMatch(/^nodejs_eventloop_blocked_total 1$/m);
  });

  test('runs no module again that the process was started with', async () => {
    const preload = `data:text/javascript,${encodeURIComponent('process.stderr.write("preloaded\\n")')}`;
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], {
      PATRON_HTTP_DEFAULT_PORT: '0',
      NODE_OPTIONS: `--import=${preload}`,
    });
    const base = `http://127.0.0.1:${await service.port()}`;
    await service.line('event loop watched');
    await fetch(`${base}/block/700`);
    await service.line('event loop blocked');
    expect(service.text.filter((line) => line === 'preloaded')).toHaveLength(1);
  });

  test('starts without it where it may have no threads, and says so', async () => {
    const flag = Number(process.versions.node.split('.')[0]) < 24 ? '--experimental-permission' : '--permission';
    const service = new ServiceProcess('profiled.mjs', [work.url, 'watch'], { PATRON_HTTP_DEFAULT_PORT: '0' }, [flag, '--allow-fs-read=*']);
    await service.line('the event loop is not watched, option watchdog');
    await service.line('service ready');
    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
  });
});
