import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const built = (entry: string): string => new URL(`../../dist/${entry}.js`, import.meta.url).href;

/** Whether a process of its own has loaded undici after importing an entry. */
async function loadsUndici(entry: string): Promise<boolean> {
  expect(existsSync(fileURLToPath(built(entry)))).toBe(true);
  const script = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(built(entry))});
    const { cache } = createRequire(import.meta.url);
    console.log(Object.keys(cache).some((file) => /[\\\\/]undici[\\\\/]/.test(file)));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return stdout.trim() === 'true';
}

test('who does not import @patron/http/client does not load undici', async () => {
  expect(await loadsUndici('index')).toBe(false);
  expect(await loadsUndici('client')).toBe(true);
});
