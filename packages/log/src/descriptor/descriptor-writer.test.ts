import { afterEach, describe, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DescriptorWriter, MAX_PENDING_BYTES } from './descriptor-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'patron-log-'));
let opened: number[] = [];
let count = 0;

afterEach(() => {
  for (const fd of opened) closeSync(fd);
  opened = [];
});

/** A pipe that nobody has read from yet. */
function pipe(): { reading: number; writing: number } {
  const path = join(folder, `pipe-${count++}`);
  execFileSync('mkfifo', [path]);
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(path, constants.O_WRONLY);
  opened.push(writing);
  return { reading, writing };
}

function read(fd: number): string {
  const buffer = Buffer.alloc(1 << 20);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, null));
  } catch {
    return '';
  }
}

describe('a writer of a pipe that is read late', () => {
  test('keeps lines in order while they wait, and characters of several bytes whole', async () => {
    const { reading, writing } = pipe();
    opened.push(reading);
    const writer = new DescriptorWriter(writing);
    const lines = Array.from({ length: 3000 }, (_, n) => `${n} ${'é€😀'.repeat(20)}\n`);
    for (const line of lines) writer.write(line);
    let text = '';
    while (text.length < lines.join('').length) {
      text += read(reading);
      await new Promise((resolve) => setImmediate(resolve)); // the writer's own timer has to get its turn
    }
    expect(text).toBe(lines.join(''));
    expect(writer.dropped).toBe(0);
  });

  test('keeps 32 MiB in memory, drops and counts what is beyond that, and says so when the pipe has been read', () => {
    const { reading, writing } = pipe();
    opened.push(reading);
    const writer = new DescriptorWriter(writing);
    let reported = 0;
    writer.onRecovery = (dropped) => (reported = dropped);
    const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
    const taken = MAX_PENDING_BYTES / line.length;
    for (let n = 0; n < taken + 10; n++) writer.write(line);
    expect(writer.dropped).toBe(10);
    let bytes = 0;
    while (bytes < taken * line.length) {
      bytes += read(reading).length;
      writer.flushSync(1);
    }
    expect(bytes).toBe(taken * line.length);
    expect(reported).toBe(10);
  });

  test('blocks no longer than the deadline it is given', () => {
    const { reading, writing } = pipe();
    opened.push(reading);
    const writer = new DescriptorWriter(writing);
    for (let n = 0; n < 1000; n++) writer.write(`${'x'.repeat(200)}\n`);
    const start = performance.now();
    writer.flushSync(100);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test('a pipe whose reader has gone costs its lines and nothing else', () => {
  const { reading, writing } = pipe();
  const writer = new DescriptorWriter(writing);
  writer.write('arrives\n');
  closeSync(reading);
  for (let n = 0; n < 100; n++) writer.write('lost\n');
  expect(writer.dropped).toBe(100);
});

test('a disk without space loses the lines it can not take, and gets later ones whole', async () => {
  const path = join(folder, 'limited');
  const fd = openSync(path, 'a');
  const program = fileURLToPath(new URL('../../test/fixtures/refill.mjs', import.meta.url));
  // The shell's limit on the size of files acts like a full disk: a write is cut short, the next one refused.
  const child = spawn('sh', ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath, program], { stdio: ['ignore', 'ignore', fd, 'ipc'] });
  closeSync(fd);
  await once(child, 'message');
  const before = readFileSync(path, 'utf8').split('\n');
  truncateSync(path);
  child.send('go on');
  await once(child, 'exit');
  const after = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as object);
  expect(before.slice(0, -1).every((line) => JSON.parse(line) !== undefined)).toBe(true);
  expect(after).toMatchObject([
    { msg: 'after', n: 0 },
    { lvl: 'warn', dropped: 3 },
    { msg: 'after', n: 1 },
  ]);
  rmSync(path);
});
