import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from '@jest/globals';

const curlBinary = process.env['CURL'] ?? 'curl';
const isHere = spawnSync(curlBinary, ['--version']).error === undefined;
const isRequired = process.env['PATRON_REQUIRE_ALL'] === '1';

if (!isHere && !isRequired)
  process.stdout.write(`left out: ${curlBinary} is not here (Debian package curl, or CURL), so only other clients talk to a server\n`);

/** `test`, for what curl has to do; left out where it isn't installed, unless everything is required. */
export const testWithCurl = isHere || isRequired ? test : test.skip;

/** What curl writes to its output. Rejects, with that in `stdout`, where it ends with an error. */
export async function curl(...options: string[]): Promise<string> {
  return (await promisify(execFile)(curlBinary, ['-sS', ...options], { maxBuffer: 64 * 1024 * 1024 })).stdout;
}
