import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, isAbsolute } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A line of the JSON log. */
export interface LogLine {
  lvl: string;
  msg: string;
  [field: string]: unknown;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** When, by `performance.now()` of the test. */
  at: number;
}

const LINE_MS = 15_000;
const EXIT_MS = 40_000;
const running = new Set<ServiceProcess>();

/** A service in a process of its own, running what is built: its log, its port, its end. */
export class ServiceProcess {
  /** What it has logged, oldest first. */
  readonly lines: LogLine[] = [];
  /** What came on stderr and is no log line: Node's own words. */
  readonly text: string[] = [];
  /** What came on stdout. */
  stdout = '';
  /** Its exit code or the signal that ended it; its output has been read to the end by then. */
  readonly exit: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #ended = false;

  /**
   * @param fixture - File name in test/support/services, or the address or the path of one elsewhere.
   * @param flags - Of Node: `--import`.
   */
  constructor(fixture: string | URL, args: readonly string[] = [], env: Record<string, string> = {}, flags: readonly string[] = []) {
    const file =
      typeof fixture === 'string' && isAbsolute(fixture)
        ? fixture
        : fileURLToPath(new URL(fixture, new URL('./services/', import.meta.url)));
    // From its own folder: that is where packages of `--import` are looked for.
    this.#child = spawn(process.execPath, [...flags, file, ...args], {
      cwd: dirname(file),
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('both are piped');
    stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    createInterface(stderr).on('line', (line) => this.#read(line));
    this.exit = once(this.#child, 'close').then(([code, signal]: (number | NodeJS.Signals | null)[]) => {
      const at = performance.now();
      running.delete(this);
      this.#ended = true;
      for (const look of this.#watchers) look();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null, at };
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line with this message, now or as soon as it comes. */
  line(msg: string | RegExp): Promise<LogLine> {
    return this.#lineThat(String(msg), (line) => (typeof msg === 'string' ? line.msg === msg : msg.test(line.msg)));
  }

  /** The first line with these fields, now or as soon as it comes. */
  lineWith(fields: Record<string, unknown>): Promise<LogLine> {
    return this.#lineThat(JSON.stringify(fields), (line) => Object.entries(fields).every(([name, value]) => line[name] === value));
  }

  #lineThat(what: string, matches: (line: LogLine) => boolean): Promise<LogLine> {
    const find = (): LogLine | undefined => this.lines.find(matches);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const look = (): void => {
        const line = find();
        if (line === undefined && !this.#ended) return;
        end();
        if (line !== undefined) resolve(line);
        else reject(new Error(`the process ended without the line ${what}:\n${this.dump()}`));
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`no line ${what} within ${LINE_MS} ms:\n${this.dump()}`));
      }, LINE_MS);
      this.#watchers.add(look);
      look();
    });
  }

  /** The port of a listener, once it is open. */
  async port(listener: 'http' | 'management' = 'http'): Promise<number> {
    const { address } = await this.line(`${listener} listening`);
    return Number(new URL(String(address)).port);
  }

  /** Waits for its end, not for ever. */
  async ended(): Promise<Exit> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the process did not end within ${EXIT_MS} ms:\n${this.dump()}`)), EXIT_MS);
    });
    try {
      return await Promise.race([this.exit, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  errors(): LogLine[] {
    return this.lines.filter(({ lvl }) => lvl === 'error');
  }

  /** The log without what the test services add to it. */
  log(): LogLine[] {
    return this.lines.filter(({ lvl }) => lvl !== 'test');
  }

  messages(): string[] {
    return this.log().map(({ msg }) => msg);
  }

  /** Timers and sockets that were open when the process ended. */
  left(): unknown {
    return this.lines.find(({ msg }) => msg === 'left open')?.['left'];
  }

  dump(): string {
    return [...this.lines.map((line) => JSON.stringify(line)), ...this.text].join('\n');
  }

  #read(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.text.push(line);
      return;
    }
    for (const look of this.#watchers) look();
  }
}

/** Ends what a failed test has left running. For `afterAll`. */
export async function endAll(): Promise<void> {
  const left = [...running];
  for (const service of left) service.kill('SIGKILL');
  await Promise.all(left.map(({ exit }) => exit));
}

/** Neither the variables of patron, nor of Kubernetes, nor what the test runner needs. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PATRON_|KUBERNETES_|OTEL_|NODE_OPTIONS$)/.test(name)));
}
