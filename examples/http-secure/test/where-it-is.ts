import { spawnSync } from 'node:child_process';
import { test } from '@jest/globals';

const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';

/** `test`, for what another program has to do; left out where that isn't here, unless everything is required. */
export function testWith(program: string, check: readonly string[], advice: string): typeof test {
  const { status } = spawnSync(program, check, { stdio: 'ignore' });
  if (status === 0 || isRequired) return test;
  process.stdout.write(`left out: ${advice}\n`);
  return test.skip as typeof test;
}
