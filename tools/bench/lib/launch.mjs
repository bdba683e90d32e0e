import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { tracked, within } from './children.mjs';
import { readablePipe } from './outputs.mjs';
import { freePort } from './ports.mjs';

const timeoutMs = 30_000;

/**
 * Starts a service and asks it once, as soon as it says that it listens. Nothing else is done to it: no IPC channel, no
 * preloaded module, its output a pipe as in a container.
 * @param {string} node
 * @param {string} file
 */
export async function launchService(node, file) {
  const port = await freePort();
  const pipe = readablePipe();
  const env = { ...process.env, PORT: String(port), PATRON_HTTP_DEFAULT_PORT: String(port), NODE_ENV: 'production' };
  const start = performance.now();
  const child = tracked(spawn(node, [file], { env, stdio: ['ignore', pipe.fd, pipe.fd] }));
  const closed = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  try {
    const gone = closed.then((code) => Promise.reject(new Error(`${file} ended with ${code}:\n${pipe.said()}`)));
    await within(timeoutMs, `"listening" from ${file}`, Promise.race([pipe.saying('listening'), gone]));
    await within(timeoutMs, `answer of ${file}`, answerOf(port));
    return { ms: performance.now() - start, cpuMs: cpuOf(child.pid) };
  } finally {
    child.kill('SIGKILL');
    await closed;
    pipe.close();
  }
}

/**
 * A program that does nothing and ends: what Node takes for itself.
 * @param {string} node
 */
export async function launchNothing(node) {
  const start = performance.now();
  const child = tracked(spawn(node, ['-e', '0'], { stdio: 'ignore' }));
  await within(timeoutMs, 'end of node -e 0', new Promise((resolve, reject) => child.once('error', reject).once('close', resolve)));
  return { ms: performance.now() - start, cpuMs: undefined };
}

/** @param {number} port */
async function answerOf(port) {
  const request = get({ port, host: '127.0.0.1', path: '/hello/world', agent: false });
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (await once(request, 'response'));
  const body = (await response.toArray()).join('');
  if (response.statusCode !== 200 || body !== '{"hello":"world"}') {
    throw new Error(`not the answer that was expected: ${response.statusCode} ${body}`);
  }
}

/**
 * The CPU time of all threads of a process so far; undefined where the system doesn't tell.
 * @param {number | undefined} pid
 */
function cpuOf(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return undefined;
  }
}
