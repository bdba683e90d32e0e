import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

export const chromium = process.env['CHROMIUM'] ?? 'chromium';

interface Reply {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** One page of a Chromium without a window, driven by its DevTools protocol over pipes. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, { resolve(result: Record<string, unknown>): void; reject(error: Error): void }>();
  readonly #input: Writable;
  #session: string | undefined;
  #said = '';
  #last = 0;

  private constructor(trusted: string) {
    this.#profile = mkdtempSync(join(tmpdir(), 'patron-chromium-'));
    const key = createHash('sha256').update(new X509Certificate(trusted).publicKey.export({ type: 'spki', format: 'der' }));
    const flags = [
      '--headless',
      '--no-sandbox', // as root there is none
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--remote-debugging-pipe',
      `--user-data-dir=${this.#profile}`,
      `--ignore-certificate-errors-spki-list=${key.digest('base64')}`,
    ];
    this.#process = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
    const [, , errors, input, output] = this.#process.stdio as [null, null, Readable, Writable, Readable];
    this.#input = input;
    errors.on('data', (text) => (this.#said = (this.#said + String(text)).slice(-2000)));
    let text = '';
    output.on('data', (chunk: Buffer) => {
      const messages = (text + chunk.toString()).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#take(JSON.parse(message) as Reply);
    });
    const gone = (): void => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`chromium has ended:\n${this.#said}`));
      this.#waiting.clear();
    };
    this.#process.on('error', gone).on('close', gone);
    input.on('error', gone);
  }

  /** @param trusted - The certificate, as PEM, that is taken as it is. */
  static async start(trusted: string): Promise<Browser> {
    const browser = new Browser(trusted);
    const { targetId } = await browser.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#call('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId as string;
    return browser;
  }

  /** Goes to a page, and waits until it has loaded. */
  async open(url: string): Promise<void> {
    const { errorText } = await this.#call('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText as string}`);
    await this.run('document.readyState === "complete" || new Promise((resolve) => addEventListener("load", () => resolve(true)))');
  }

  /** The value of an expression in the page, of its promise where it is one. */
  async run(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value?: unknown }).value;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.kill('SIGKILL');
    await closed;
    rmSync(this.#profile, { recursive: true, maxRetries: 5 });
  }

  #call(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#input.write(`${JSON.stringify({ id, method, params, ...(this.#session !== undefined && { sessionId: this.#session }) })}\0`);
    });
  }

  #take({ id, result = {}, error }: Reply): void {
    const waiting = this.#waiting.get(id ?? 0);
    if (waiting === undefined) return; // an event
    this.#waiting.delete(id as number);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(error.message));
  }
}
