import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./fixtures/last-words.mjs', import.meta.url));

/** What became of a child. */
export interface Outcome {
  code: number | null;
  /** From the moment all lines but the last had been written, in milliseconds. */
  tookMs: number;
  /** What arrived. */
  text: string;
}

/** Where a child's stderr goes: each runs the child and reads in its own way. */
export type Output = (args: readonly string[], processes?: number) => Promise<Outcome>;

/** A reader that takes about 3 MB a second. */
export const slowPipe: Output = (args, processes) => throughPipe(args, (fd) => readSlowly(fd), processes);

/** A reader that never reads, and looks only when the child has ended. */
export const stalledPipe: Output = (args) =>
  throughPipe(args, async (fd, child) => {
    await ended(child);
    return readAvailable(fd) ?? '';
  });

/** A reader that was gone before the child began. */
export const closedPipe: Output = (args) =>
  throughPipe(args, async (fd) => {
    closeSync(fd);
    return '';
  });

/** A reader that goes away after some lines. */
export const cutPipe: Output = (args) =>
  throughPipe(args, async (fd) => {
    let text = '';
    while (text.length < 30_000) {
      text += readAvailable(fd) ?? '';
      await pause(1);
    }
    closeSync(fd);
    return text;
  });

/** What Node's own spawn gives to a child: a socket; this reader takes about 3 MB a second. */
export const slowSocket: Output = (args) =>
  throughSocket(args, async (child) => {
    let text = '';
    for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
      text += chunk.toString('latin1');
      await pause(chunk.length / 3000);
    }
    return text;
  });

/** A socket that nobody reads from before the child has ended. */
export const stalledSocket: Output = (args) =>
  throughSocket(args, async (child) => {
    let text = '';
    // In the event itself: right after it Node reads, and throws away, what nobody has asked for.
    child.once('exit', () => child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))));
    await once(child, 'close');
    return text;
  });

/** A disk without space. */
export const fullDevice: Output = async (args) => ({ ...(await run(args, openSync('/dev/full', 'w'), ended)), text: '' });

/** A file that has content already. */
export const file: Output = async (args) => {
  const path = join(mkdtempSync(join(tmpdir(), 'patron-log-')), 'out');
  const outcome = await run(args, openSync(path, 'a'), ended);
  return { ...outcome, text: readFileSync(path, 'latin1') };
};

type Read = (fd: number, child: ChildProcess) => Promise<string>;

async function throughPipe(args: readonly string[], read: Read, processes = 1): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'patron-log-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(path, constants.O_WRONLY);
  rmSync(folder, { recursive: true });
  for (let more = 1; more < processes; more++) spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', writing] });
  let text = '';
  const outcome = await run(args, writing, async (child) => {
    text = await read(reading, child);
  });
  return { ...outcome, text };
}

async function throughSocket(args: readonly string[], read: (child: ChildProcess) => Promise<string>): Promise<Outcome> {
  let text = '';
  const outcome = await run(args, 'pipe', async (child) => {
    text = await read(child);
  });
  return { ...outcome, text };
}

async function run(
  args: readonly string[],
  stderr: number | 'pipe',
  meanwhile: (child: ChildProcess) => Promise<unknown>,
): Promise<Outcome> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', stderr, 'ipc'] });
  if (typeof stderr === 'number') closeSync(stderr);
  let writtenAt = Number.NaN;
  let exitedAt = Number.NaN;
  // By the child's own word, which may be read after its end.
  child.once('message', (at) => (writtenAt = Number(at)));
  child.once('exit', () => (exitedAt = Date.now()));
  const told = once(child, 'disconnect');
  const guard = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await Promise.all([ended(child), meanwhile(child), told]);
  clearTimeout(guard);
  return { code: child.exitCode, tookMs: exitedAt - writtenAt, text: '' };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Reads about 3 MB a second until every writer has closed the pipe. */
async function readSlowly(fd: number): Promise<string> {
  let text = '';
  for (;;) {
    const part = readAvailable(fd, 30_000);
    if (part === undefined) return text;
    text += part;
    await pause(10);
  }
}

/** What the pipe holds, up to `limit` bytes, without waiting for more; undefined at its end. */
function readAvailable(fd: number, limit = Number.POSITIVE_INFINITY): string | undefined {
  const buffer = Buffer.alloc(65_536);
  let text = '';
  while (text.length < limit) {
    try {
      const count = readSync(fd, buffer, 0, Math.min(buffer.length, limit - text.length), null);
      if (count === 0) return text === '' ? undefined : text;
      text += buffer.toString('latin1', 0, count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return text;
      throw error;
    }
  }
  return text;
}
