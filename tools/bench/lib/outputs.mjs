import { spawn, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tracked } from './children.mjs';
import { onCore } from './machine.mjs';

// Where a measured program's lines go. A pipe here is a named one: what `spawn` makes of "pipe" is a socket, which no
// container gives to a service.

/** @typedef {{ fd: number, close: () => void }} Output */

/** @returns {Output} */
export function devNull() {
  const fd = openSync('/dev/null', 'w');
  return { fd, close: () => closeSync(fd) };
}

/**
 * A pipe that `cat` empties on a core of its own.
 * @param {number} core
 * @returns {Output}
 */
export function drainedPipe(core) {
  const pipe = openPipe();
  const [command, args] = onCore(core, 'cat', [pipe.path]);
  const reader = tracked(spawn(command, args, { stdio: 'ignore' }));
  return { fd: pipe.fd, close: () => (reader.kill('SIGKILL'), pipe.close()) };
}

/** A pipe that is read here. */
export function readablePipe() {
  const pipe = openPipe();
  // An open of its own: that Node makes it non-blocking must not reach the writer's.
  const reader = new Socket({ fd: openSync(pipe.path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false });
  let text = '';
  reader.setEncoding('utf8').on('data', (piece) => (text += piece));
  return {
    fd: pipe.fd,
    said: () => text,
    /** @param {string} word @returns {Promise<void>} */
    saying: (word) => new Promise((resolve) => reader.on('data', () => text.includes(word) && resolve())),
    close: () => (reader.destroy(), pipe.close()),
  };
}

function openPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'patron-bench-'));
  const path = join(folder, 'pipe');
  const { status, stderr, error } = spawnSync('mkfifo', [path], { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`mkfifo failed: ${error?.message ?? stderr}`);
  // Both ways, so that opening it waits for nobody; blocking, as a shell makes it.
  const fd = openSync(path, constants.O_RDWR);
  return { fd, path, close: () => (closeSync(fd), rmSync(folder, { recursive: true, force: true })) };
}
