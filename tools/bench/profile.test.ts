import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { tree } from '../lib/fixture.mjs';
import { framesOf, readProfile, selfTimes, toTree } from './lib/cpu-profile.mjs';
import { escape, flameGraph, layout } from './lib/flame-graph.mjs';
import { categoryOf } from './lib/profile-categories.mjs';
import { difference, differences, topFunctions } from './lib/profile-report.mjs';

type Node = Parameters<typeof toTree>[0]['nodes'][number];
const call = (id: number, functionName: string, url: string, children: number[] = []): Node => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
  children,
});
const file = (path: string) => pathToFileURL(`/srv/${path}`).href;
const evil = '<img src=x onerror="alert(1)">';

// (program) 90; handle 300, of which parse 200 by node:http; (idle) 1000; (garbage collector) 50
const profile = {
  nodes: [
    call(1, '(root)', '', [2, 3, 5, 6]),
    call(2, '(program)', ''),
    call(3, 'handle', file('packages/http/dist/serve.js'), [4]),
    call(4, evil, 'node:_http_incoming'),
    call(5, '(idle)', ''),
    call(6, '(garbage collector)', ''),
  ],
  samples: [2, 3, 4, 5, 6, 3],
  timeDeltas: [7, 90, 100, 200, 1000, 50],
  startTime: 0,
  endTime: 1457,
};

describe('the tree of a CPU profile', () => {
  const root = toTree(profile);

  test('a sample lasts until the next one, and what was idle is left out', () => {
    expect(selfTimes(root, ({ name }) => name)).toEqual([
      [evil, 200],
      ['handle', 100],
      ['(program)', 90],
      ['(garbage collector)', 50],
    ]);
    expect(root.totalUs).toBe(440);
  });

  test('self times add up to the total of the root, and each total to its own and those below', () => {
    const frames = [...framesOf(root)];
    expect(frames.reduce((sum, frame) => sum + frame.selfUs, 0)).toBe(root.totalUs);
    for (const { totalUs, selfUs, children } of frames) expect(totalUs).toBe(children.reduce((sum, child) => sum + child.totalUs, selfUs));
  });

  test('a profile without a node is an error, not an empty picture', () => {
    expect(() => toTree({ ...profile, nodes: [] })).toThrow('the profile is empty');
  });
});

describe('whose work a frame is', () => {
  test.each([
    ['node:internal/async_local_storage/async_hooks', 'AsyncLocalStorage'],
    ['node:internal/async_hooks', 'AsyncLocalStorage'],
    ['node:async_hooks', 'AsyncLocalStorage'],
    ['node:_http_outgoing', 'node:http'],
    ['node:internal/http', 'node:http'],
    ['node:internal/stream_base_commons', 'node:net, streams'],
    ['node:internal/process/task_queues', 'timers, ticks, promises'],
    ['node:events', 'node, the rest'],
    ['/srv/packages/trace/dist/operation.js', '@patron/trace'],
    ['/srv/node_modules/@patron/core/dist/front.js', '@patron/core'],
    ['/srv/packages/http/node_modules/.pnpm/find-my-way@9/node_modules/find-my-way/index.js', 'find-my-way'],
    ['/srv/peers/node_modules/@fastify/otel/index.js', '@fastify/otel'],
    ['C:\\srv\\node_modules\\fastify\\lib\\reply.js', 'fastify'],
    ['/srv/hello.mjs', "the service's own code"],
    ['(native)', 'native functions'],
    ['(vm)', 'program, system calls'],
  ])('%s', (path, category) => {
    expect(categoryOf({ name: 'f', file: path, line: 1, selfUs: 0, totalUs: 0, children: [] })).toBe(category);
  });

  test('the garbage collector is a category of its own', () => {
    expect(selfTimes(toTree(profile), categoryOf)).toEqual([
      ['node:http', 200],
      ['@patron/http', 100],
      ['program, system calls', 90],
      ['garbage collector', 50],
    ]);
  });
});

describe('the difference between two sides', () => {
  const ours = { side: 'patron', root: toTree(profile), requests: 10 };
  const alone = { ...profile, samples: [2, 4, 6], timeDeltas: [0, 50, 300], nodes: profile.nodes };
  const theirs = { side: 'node:http', root: toTree(alone), requests: 10 };

  test('is per request, the largest first, and its lines add up to the last one', () => {
    const rows = differences(ours, theirs);
    expect(rows.map(({ category }) => category)).toEqual([
      '@patron/http',
      'garbage collector',
      'program, system calls',
      'node:http',
      'all',
    ]);
    const all = rows.pop();
    expect(all).toEqual({ category: 'all', ours: 44, theirs: 35 });
    expect(rows.reduce((sum, row) => sum + row.ours, 0)).toBe(44);
    expect(rows.reduce((sum, row) => sum + row.theirs, 0)).toBe(35);
  });

  test('is printed with its sign', () => {
    expect(difference(ours, theirs)).toMatch(/\n *9\.00 µs +5\.00 µs +\+4\.00 µs {2}program, system calls\n/);
    expect(difference(ours, theirs)).toMatch(/\n20\.00 µs +30\.00 µs +-10\.00 µs {2}node:http\n/);
  });

  test('the functions that take most come with their share, package and place', () => {
    expect(topFunctions(ours).split('\n').slice(0, 4)).toEqual([
      'self/request   share  patron: 44.00 µs per request under the profiler',
      expect.stringMatching(/20\.00 µs {2}45\.5 % {2}<img.* {2}node:_http_incoming:10$/),
      '    10.00 µs  22.7 %  handle  @patron/http serve.js:10',
      '     9.00 µs  20.5 %  (program)',
    ]);
  });
});

describe('the flame graph', () => {
  const root = toTree(profile);
  const page = flameGraph(root, { title: `http: ${evil}`, requests: 10 });

  test('has a box per function, those that are called below their caller and within its width', () => {
    const boxes = layout(root);
    expect(boxes.map(({ frame: { name }, depth }) => [name, depth])).toEqual([
      ['(root)', 0],
      ['handle', 1],
      [evil, 2],
      ['(program)', 1],
      ['(garbage collector)', 1],
    ]);
    const [whole, handle, parse] = boxes;
    expect(whole).toMatchObject({ x: 0, width: 1 });
    expect(parse!.x).toBeGreaterThanOrEqual(handle!.x);
    expect(parse!.x + parse!.width).toBeLessThanOrEqual(handle!.x + handle!.width);
    const ofRoot = boxes.filter(({ depth }) => depth === 1).reduce((sum, box) => sum + box.width, 0);
    expect(ofRoot).toBeCloseTo(1);
  });

  test('shows names that hold markup as text', () => {
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
    expect(escape(`<a href='b'>&"`)).toBe('&lt;a href=&#39;b&#39;&gt;&amp;&quot;');
  });

  test('asks nothing of any network: no link, no import, no image, one script within the page', () => {
    expect(page).not.toMatch(/\b(src|href|import|url)\s*[=(]\s*["']?(https?:|\/\/)/);
    expect(page.match(/<script/g)).toEqual(['<script']);
  });

  test('says on each box what it is, where, and how long', () => {
    expect(page).toContain('handle\n/srv/packages/http/dist/serve.js:10\n30.00 µs per request, 68.2 %; of its own 10.00 µs');
  });
});

test('a profile that Node writes is read: the function that took the time is found', () => {
  const { root: folder, remove } = tree({
    'busy.mjs': 'export function busy() { const end = Date.now() + 300; while (Date.now() < end) JSON.stringify([end]); }\n',
    'main.mjs': "import { busy } from './busy.mjs';\nbusy();\n",
  });
  try {
    const args = ['--cpu-prof', '--cpu-prof-dir', folder, '--cpu-prof-name', 'one.cpuprofile', join(folder, 'main.mjs')];
    expect(spawnSync(process.execPath, args, { timeout: 20_000 }).status).toBe(0);
    const root = toTree(readProfile(join(folder, 'one.cpuprofile')));
    const busy = [...framesOf(root)].find(({ name }) => name === 'busy');
    expect(busy).toMatchObject({ file: join(folder, 'busy.mjs'), line: 1 });
    expect(busy!.totalUs).toBeGreaterThan(200_000);
  } finally {
    remove();
  }
});
