import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { compileWork } from '../support/compiled-work.ts';
import { endAll, ServiceProcess } from '../support/service-process.ts';

// Go brings it; the variable names the program that was built of its module alone.
const pprof = process.env['PPROF']?.split(' ') ?? ['go', 'tool', 'pprof'];
const isHere = spawnSync(pprof[0] as string, [...pprof.slice(1), '-h']).error === undefined;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';
if (!isHere && !isRequired) console.warn('left out: pprof is not here (Go, or PPROF), so nothing reads the profiles');

const folder = mkdtempSync(join(tmpdir(), 'patron-pprof-'));
afterAll(async () => {
  await endAll();
  rmSync(folder, { recursive: true, force: true });
});

let base = '';
const fetchProfile = async (path: string): Promise<Buffer> => {
  const answer = await fetch(`${base}/debug/pprof/${path}`);
  expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'application/octet-stream']);
  return Buffer.from(await answer.arrayBuffer());
};

/** What pprof says of a profile. */
function read(profile: Buffer, ...flags: string[]): string {
  const file = join(folder, 'profile.pb.gz');
  writeFileSync(file, profile);
  const [command = '', ...args] = pprof;
  const env = { ...process.env, PPROF_TMPDIR: folder };
  const { status, stdout, stderr } = spawnSync(command, [...args, ...flags, file], { encoding: 'utf8', env, timeout: 30_000 });
  if (status !== 0) throw new Error(`pprof ended with ${status}: ${stderr}`);
  return stdout;
}

/** The first row of a table whose head ends with `cum%`. */
const topRow = (text: string): string => text.split('\n')[text.split('\n').findIndex((line) => /cum%/.test(line)) + 1] ?? '';

describe('the profiles of a service', () => {
  const work = compileWork();
  let service: ServiceProcess;

  beforeAll(async () => {
    service = new ServiceProcess('profiled.mjs', [work.url], { PATRON_HTTP_DEFAULT_PORT: '0' });
    base = `http://127.0.0.1:${await service.port()}`;
  });
  afterAll(async () => {
    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
    work.remove();
  });

  (isHere || isRequired ? describe : describe.skip)('as pprof reads them', () => {
    test('of the CPU: the hot function is on top, with the line of its TypeScript', async () => {
      const profile = await fetchProfile('profile?seconds=1&hz=1000');
      expect(topRow(read(profile, '-top'))).toMatch(/ burnCpu$/);
      expect(topRow(read(profile, '-top', '-lines'))).toContain(`burnCpu ${work.source}:`);
      expect(read(profile, '-top', '-lines')).toMatch(new RegExp(`burnCpu ${work.source.replaceAll('.', '\\.')}:(9|10)\\b`));
      expect(read(profile, '-list=burnCpu')).toContain('sum.value * 31');
    });

    test('of the CPU: the times of the samples add up to no more than it lasted', async () => {
      const text = read(await fetchProfile('profile?seconds=1&hz=1000'), '-raw');
      expect(text).toMatch(/^PeriodType: cpu nanoseconds$/m);
      const rows = [...text.matchAll(/^ +(\d+) +(\d+): /gm)].map(([, , nanoseconds]) => Number(nanoseconds));
      const sum = rows.reduce((total, one) => total + one, 0);
      expect(sum).toBeGreaterThan(0.05e9);
      expect(sum).toBeLessThan(1.3e9);
    });

    test('of the heap: what was kept is there, and what was thrown away is not', async () => {
      const text = read(await fetchProfile('heap?seconds=1'), '-top', '-cum', '-nodecount=100');
      expect(text).toMatch(/ keepMemory$/m);
      expect(text).toContain('Type: inuse_space');
      expect(text).toMatch(/^File: profiled\.mjs$/m);
      expect(text).toMatch(/^Of what was allocated while this was recorded;/m);
    });

    test('of the heap: objects are told too, and their size is that of objects', async () => {
      const rows = [...read(await fetchProfile('heap?seconds=1'), '-raw').matchAll(/^ +(\d+) +(\d+): /gm)];
      const [objects = 0, bytes = 0] = [1, 2].map((at) => rows.reduce((sum, row) => sum + Number(row[at]), 0));
      expect(bytes / objects).toBeGreaterThan(10);
      expect(bytes / objects).toBeLessThan(1000);
    });

    test('of all allocations: what was thrown away is on top', async () => {
      const text = read(await fetchProfile('allocs?seconds=1'), '-top', '-cum', '-focus=wasteMemory', '-nodecount=100');
      expect(text).toMatch(/ wasteMemory$/m);
      expect(text).toContain('Type: alloc_space');
      expect(
        read(await fetchProfile('allocs?seconds=1'), '-top')
          .split('\n')
          .slice(0, 8)
          .join('\n'),
      ).toMatch(/ (wasteMemory|\(anonymous\).*|fill)$/m);
    });
  });

  test('are one of a kind at a time: the second is refused and told since when; CPU and heap go together', async () => {
    const first = [await begun('profile?seconds=3'), await begun('heap?seconds=3')];
    const answers = first.map((request) => once(request, 'response') as Promise<[IncomingMessage]>);
    const refused = (path: string): Promise<Response[]> =>
      Promise.all(Array.from({ length: 5 }, () => fetch(`${base}/debug/pprof/${path}`)));
    for (const answer of await refused('profile?seconds=1'))
      expect([answer.status, await answer.text()]).toEqual([409, expect.stringMatching(/"a CPU profile has been recorded since \d{4}-/)]);
    for (const answer of await refused('allocs?seconds=1'))
      expect([answer.status, await answer.text()]).toEqual([409, expect.stringMatching(/"a heap profile has been recorded since \d{4}-/)]);
    for (const [response] of await Promise.all(answers)) {
      expect(response.statusCode).toBe(200);
      response.resume();
    }
  });

  test('end when their client leaves, and the next may begin', async () => {
    const request = await begun('profile?seconds=300');
    expect((await fetch(`${base}/debug/pprof/profile?seconds=1`)).status).toBe(409);
    request.destroy();
    let status = 409;
    for (let i = 0; status === 409 && i < 50; i++) {
      const answer = await fetch(`${base}/debug/pprof/profile?seconds=1`);
      status = answer.status;
      await answer.arrayBuffer();
    }
    expect(status).toBe(200);
  });

  test.each([
    ['profile?seconds=abc', 'seconds is "abc": it takes a whole number from 1 to 300'],
    ['profile?seconds=0', 'seconds is "0": it takes a whole number from 1 to 300'],
    ['profile?seconds=-1', 'seconds is "-1": it takes a whole number from 1 to 300'],
    ['profile?seconds=1e9', 'seconds is "1e9": it takes a whole number from 1 to 300'],
    ['profile?seconds=', 'seconds is "": it takes a whole number from 1 to 300'],
    ['profile?hz=0', 'hz is "0": it takes a whole number from 1 to 10000'],
    ['heap?seconds=301', 'seconds is "301": it takes a whole number from 1 to 300'],
    ['allocs?seconds=0x10', 'seconds is "0x10": it takes a whole number from 1 to 300'],
  ])('%s is refused and says why', async (path, error) => {
    const answer = await fetch(`${base}/debug/pprof/${path}`);
    expect([answer.status, await answer.json()]).toEqual([400, { error }]);
  });

  test.each([
    ['heap?gc=2', 'gc is "2": it takes a whole number from 0 to 1'],
    ['profile?debug=yes', 'debug is "yes": it takes a whole number from 0 to 2'],
  ])('%s is refused, too', async (path, error) => {
    const answer = await fetch(`${base}/debug/pprof/${path}`);
    expect([answer.status, await answer.json()]).toEqual([400, { error }]);
  });

  test('are a table with debug=1, for who has no pprof', async () => {
    for (const [path, name] of [
      ['profile?seconds=1', 'burnCpu'],
      ['allocs?seconds=1', 'wasteMemory'],
    ] as const) {
      const answer = await fetch(`${base}/debug/pprof/${path}&debug=1`);
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await answer.text()).toMatch(
        new RegExp(`^ +\\S+ +[\\d.]+% +\\S+ +[\\d.]+%  ${name} ${work.source.replaceAll('.', '\\.')}:\\d+$`, 'm'),
      );
    }
  });

  test('of the heap collect garbage first with gc=1', async () => {
    const answer = await fetch(`${base}/debug/pprof/heap?seconds=1&gc=1&debug=1`);
    expect(await answer.text()).toMatch(/^heap: \S+ of inuse_space in \d/);
  });

  test('answer HEAD at once, and record nothing for it', async () => {
    const startedAt = performance.now();
    const answer = await fetch(`${base}/debug/pprof/profile`, { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    expect(performance.now() - startedAt).toBeLessThan(10_000); // thirty seconds would be the standard
  });

  test('have a page, the command line as Go gives it, and nothing else', async () => {
    const page = await fetch(`${base}/debug/pprof/`);
    expect(await page.text()).toContain('<a href="allocs">');
    const command = await (await fetch(`${base}/debug/pprof/cmdline`)).text();
    expect(command.split('\0').slice(-1)).toEqual([work.url]);
    const posted = await fetch(`${base}/debug/pprof/profile`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  test('are for this machine only: a request that came through a proxy is refused', async () => {
    for (const name of ['', 'profile', 'heap', 'allocs', 'cmdline']) {
      const answer = await fetch(`${base}/debug/pprof/${name}`, { headers: { 'x-forwarded-for': '10.0.0.1' } });
      expect([name, answer.status]).toEqual([name, 403]);
    }
  });
});

/** A request for a profile that has arrived. */
async function begun(path: string): Promise<ClientRequest> {
  const request = get(`${base}/debug/pprof/${path}`);
  request.on('error', () => undefined);
  await once(request, 'finish');
  // What was sent before these is read with the first of them at the latest.
  for (let i = 0; i < 2; i++) await (await fetch(`${base}/alive`)).text();
  return request;
}

describe('a profile', () => {
  afterEach(endAll);

  test('that is recorded when the service stops ends then, and is answered', async () => {
    const work = compileWork();
    const service = new ServiceProcess('profiled.mjs', [work.url], { PATRON_HTTP_DEFAULT_PORT: '0' });
    base = `http://127.0.0.1:${await service.port()}`;
    const request = await begun('profile?seconds=300');
    const startedAt = performance.now();
    service.kill('SIGTERM');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    expect((await service.ended()).code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    work.remove();
  });

  (isHere || isRequired ? test : test.skip)(
    'of the heap tells of all that is alive, where the service records from the start',
    async () => {
      const work = compileWork('inline');
      const service = new ServiceProcess('profiled.mjs', [work.url, 'heap'], { PATRON_HTTP_DEFAULT_PORT: '0' });
      base = `http://127.0.0.1:${await service.port()}`;
      let text = '';
      for (let i = 0; i < 100 && !text.includes('keepMemory'); i++)
        text = read(await fetchProfile('heap'), '-top', '-cum', '-nodecount=200');
      expect(text).toMatch(/ keepMemory$/m);
      const allocs = await fetch(`${base}/debug/pprof/allocs?seconds=1`);
      expect([allocs.status, await allocs.text()]).toEqual([409, expect.stringContaining('the heap has been recorded since')]);
      work.remove();
    },
  );

  (isHere || isRequired ? test : test.skip)('of the heap from the start on can be asked for what a time has added', async () => {
    const work = compileWork();
    const service = new ServiceProcess('profiled.mjs', [work.url, 'heap'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    base = `http://127.0.0.1:${await service.port()}`;
    const bytes = (text: string): number =>
      [...text.matchAll(/^ +(\d+) +(\d+): /gm)].map(([, , size]) => Number(size)).reduce((sum, one) => sum + one, 0);
    const added = bytes(read(await fetchProfile('heap?seconds=1'), '-raw'));
    const all = bytes(read(await fetchProfile('heap?gc=1'), '-raw'));
    expect(all).toBeGreaterThan(0);
    expect(added).toBeLessThan(all);
    work.remove();
  });

  test('that takes longer than a connection may stand still is answered all the same', async () => {
    const work = compileWork();
    const service = new ServiceProcess('profiled.mjs', [work.url, 'impatient'], { PATRON_HTTP_DEFAULT_PORT: '0' });
    base = `http://127.0.0.1:${await service.port()}`;
    for (const name of ['profile', 'heap', 'allocs']) expect((await fetchProfile(`${name}?seconds=3`)).length).toBeGreaterThan(100);
    work.remove();
  });

  test('leaves alone what Node itself was told to record, and does not pretend to have the heap then', async () => {
    const work = compileWork();
    const env = { PATRON_HTTP_DEFAULT_PORT: '0' };
    const flags = ['--cpu-prof', '--heap-prof', `--cpu-prof-dir=${folder}`, `--heap-prof-dir=${folder}`];
    const service = new ServiceProcess('profiled.mjs', [work.url, 'heap'], env, flags);
    base = `http://127.0.0.1:${await service.port()}`;
    expect((await service.line('the heap is not recorded, option management.heapProfiling'))['reason']).toContain('--heap-prof');
    await fetchProfile('profile?seconds=1');
    const heap = await fetch(`${base}/debug/pprof/heap?seconds=1`);
    expect([heap.status, await heap.text()]).toEqual([409, expect.stringContaining('such as --heap-prof or a debugger')]);
    service.kill('SIGTERM');
    expect((await service.ended()).code).toBe(0);
    const written = readdirSync(folder).filter((name) => /^(CPU|Heap)\..*profile$/.test(name));
    expect(written.map((name) => name.split('.')[0]).sort()).toEqual(['CPU', 'Heap']);
    for (const name of written) {
      const { samples } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { samples: unknown[] };
      expect([name, samples.length > 5]).toEqual([name, true]);
    }
    work.remove();
  });

  test('is answered with 501 where there is no inspector, and the service starts without', async () => {
    const work = compileWork();
    const flag = Number(process.versions.node.split('.')[0]) < 24 ? '--experimental-permission' : '--permission';
    const service = new ServiceProcess('profiled.mjs', [work.url, 'heap'], { PATRON_HTTP_DEFAULT_PORT: '0' }, [flag, '--allow-fs-read=*']);
    base = `http://127.0.0.1:${await service.port()}`;
    await service.line('the heap is not recorded, option management.heapProfiling');
    for (const name of ['profile', 'heap', 'allocs']) {
      const answer = await fetch(`${base}/debug/pprof/${name}?seconds=1`);
      expect([name, answer.status, await answer.text()]).toEqual([name, 501, expect.stringContaining("this Node can't record profiles")]);
    }
    work.remove();
  });

  (isHere || isRequired ? test : test.skip)('of code whose source map is broken has the lines that run', async () => {
    const work = compileWork('broken');
    const service = new ServiceProcess('profiled.mjs', [work.url], { PATRON_HTTP_DEFAULT_PORT: '0' });
    base = `http://127.0.0.1:${await service.port()}`;
    expect(topRow(read(await fetchProfile('profile?seconds=1&hz=1000'), '-top', '-lines'))).toMatch(/ burnCpu .*work\.mjs:\d+$/);
    work.remove();
  });
});
