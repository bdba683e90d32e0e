import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tree } from '../lib/fixture.mjs';
import { repository } from '../lib/repository.mjs';
import { childEnv, nodeHeaders } from './environment.mjs';
import CountsReporter from './jest-counts.mjs';
import { nodeVersionProblem } from './node-version.mjs';
import { findNode, otherNodes, versionOf } from './nodes.mjs';
import { installFailure } from './pnpm.mjs';
import { closing } from './tests.mjs';

const saved = { ...process.env };
beforeEach(() => {
  process.env = { ...saved };
});
afterEach(() => {
  process.env = saved;
});

describe('the version of Node', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0', '100.0.0'])('%s is new enough', (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });

  test.each(['18.20.4', '20.18.3', '8.0.0'])('%s is too old, and the message says what to do', (version) => {
    expect(nodeVersionProblem(version)).toBe(
      `patron needs Node 20.19 or later; this is Node ${version}. Install a newer one and run the same command again.`,
    );
  });
});

describe('a Node by its version', () => {
  test('the ones that CI tries are the ones that are known', () => {
    const tried = readFileSync(join(repository, '.ci', 'run'), 'utf8').matchAll(/^(?:middle|newest)_node=(.*)$/gm);
    expect([...tried].map(([, version]) => version)).toEqual(otherNodes);
  });

  test('is the pinned one of a line, this one, or exactly what was asked for', () => {
    const others = otherNodes.filter((version) => version.split('.')[0] !== process.versions.node.split('.')[0]);
    for (const version of others) expect(versionOf(version.split('.')[0] ?? '')).toBe(version);
    expect(versionOf(process.versions.node.split('.')[0] ?? '')).toBe(process.versions.node);
    expect(versionOf('24.0.1')).toBe('24.0.1');
  });

  test('this one needs no installation, and a path is taken as it is', async () => {
    expect(await findNode(process.versions.node)).toBe(process.execPath);
    expect(await findNode('/opt/node/bin/node')).toBe('/opt/node/bin/node');
  });

  test('a line that nobody knows is answered with those that are', () => {
    expect(() => versionOf('19')).toThrow(/no Node 19 .* give 2\d, .*a full version or a path/);
  });
});

describe('the closing line', () => {
  test('is what jest counted, with its exit code', () => {
    expect(closing({ passed: 3, failed: 0, skipped: 0 }, 0)).toEqual({ line: '3 passed, 0 failed', exitCode: 0 });
    expect(closing({ passed: 3, failed: 1, skipped: 2 }, 1)).toEqual({ line: '3 passed, 1 failed, 2 skipped', exitCode: 1 });
  });

  test('no success without a test', () => {
    expect(closing({ passed: 0, failed: 0, skipped: 4 }, 0)).toMatchObject({ line: '0 passed, 0 failed, 4 skipped', exitCode: 1 });
  });

  test('a file that could not be loaded counts as a failure', () => {
    const { root, remove } = tree({});
    process.env['JEST_COUNTS_FILE'] = join(root, 'counts.json');
    const results = { numPassedTests: 5, numFailedTests: 1, numRuntimeErrorTestSuites: 2, numPendingTests: 1, numTodoTests: 1 };
    new CountsReporter().onRunComplete(undefined, results);
    expect(JSON.parse(readFileSync(join(root, 'counts.json'), 'utf8'))).toEqual({ passed: 5, failed: 3, skipped: 2 });
    remove();
  });
});

describe('the environment of what the set-up starts', () => {
  test('has this Node and the pinned pnpm first, and no telemetry', () => {
    const env = childEnv();
    const [first, second] = (env['PATH'] ?? '').split(delimiter);
    expect(first).toBe(dirname(process.execPath));
    expect(second).toBe(join(repository, '.cache', 'tools', 'pnpm', 'node_modules', '.bin'));
    expect(env).toMatchObject({ TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' });
  });

  test('has lost what npm said about the script it runs, and kept the user’s configuration', () => {
    Object.assign(process.env, {
      npm_lifecycle_event: 'test',
      npm_config_local_prefix: '/x',
      npm_package_name: 'y',
      npm_config_cafile: '/z',
    });
    const env = childEnv();
    expect(Object.keys(env).filter((name) => /^npm_(lifecycle|package|config_local)/.test(name))).toEqual([]);
    expect(env['npm_config_cafile']).toBe('/z');
  });

  test('points native builds at the headers beside this Node, where there are any', () => {
    delete process.env['npm_config_nodedir'];
    expect(childEnv()['npm_config_nodedir']).toBe(nodeHeaders());
  });
});

test('a failed install says when it looks like the network', () => {
  const output = 'npm error one\nnpm error network request failed, getaddrinfo ENOTFOUND host\nnpm error three\n';
  expect(installFailure('It failed.', output).message).toMatch(
    /^It failed\. .*check the network.*\n\n {4}npm error network request failed.*$/,
  );
  expect(installFailure('It failed.', 'ERR_PNPM_SOMETHING else').message).toBe('It failed. Its last lines:\n\n    ERR_PNPM_SOMETHING else');
});

test('without a command it says how it is used', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(repository, 'tools/setup/main.mjs')], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('usage: node tools/setup/main.mjs <command>');
});
