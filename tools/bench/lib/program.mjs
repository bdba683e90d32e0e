import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { lastLines } from '../../lib/run.mjs';
import { tracked, within } from './children.mjs';
import { onCore } from './machine.mjs';

/** @param {string} name below tools/bench */
export const programFile = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/**
 * @typedef {object} ProgramOptions
 * @property {string} node
 * @property {readonly string[]} [nodeArgs]
 * @property {number} [core] the one it is kept on
 * @property {NodeJS.ProcessEnv} [env] besides this process's own
 * @property {number | 'pipe' | 'ignore'} [output] the descriptor that it writes to; by default what it says is shown when it fails
 */

/** A measured program, or the load upon one: a process of its own that answers questions over IPC. */
export class Program {
  #child;
  #said = '';
  /** @type {Promise<never>} */
  #failed;

  /**
   * @param {string} file
   * @param {ProgramOptions} options
   */
  constructor(file, { node, nodeArgs = [], core, env = {}, output = 'pipe' }) {
    const [command, args] = onCore(core, node, [...nodeArgs, file]);
    this.#child = tracked(spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', output, output, 'ipc'] }));
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (this.#said += text));
    this.#failed = new Promise((_, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => reject(new Error(`${file} ended with ${signal ?? code}:\n${lastLines(this.#said)}`)));
    });
    this.#failed.catch(() => undefined); // of interest only while somebody waits for an answer
  }

  /**
   * @param {object} question
   * @param {number} timeoutMs
   * @returns {Promise<any>}
   */
  async ask(question, timeoutMs = 10_000) {
    const answer = new Promise((resolve) => this.#child.once('message', resolve));
    this.#child.send(question);
    const { error, ...result } = await within(timeoutMs, `answer to ${JSON.stringify(question)}`, Promise.race([answer, this.#failed]));
    if (error) throw new Error(`${error}\n${lastLines(this.#said)}`);
    return result;
  }

  /** Rejects when the program ends by itself; never resolves. */
  get failed() {
    return this.#failed;
  }

  async end() {
    this.#child.kill('SIGKILL');
    await within(
      10_000,
      'end of a program',
      this.#failed.catch(() => undefined),
    );
  }
}
