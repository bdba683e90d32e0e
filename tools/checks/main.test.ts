import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repository } from '../lib/repository.mjs';

const run = (...args: string[]) => spawnSync(process.execPath, [join(repository, 'tools/checks/main.mjs'), ...args], { encoding: 'utf8' });

test('an unknown check is refused with the list of those there are', () => {
  const { status, stderr } = run('grpah');
  expect(status).toBe(2);
  expect(stderr).toContain('[graph|sizes|workspace|format|docs|types|lint|examples|packed …]');
});

test('a check says in one line how it ended', () => {
  const { status, stdout } = run('sizes');
  expect(stdout).toMatch(status === 0 ? /^✓ sizes +ok +\d+\.\d s\n/ : /^✗ sizes +\d+ problems? +\d+\.\d s\n/);
});
