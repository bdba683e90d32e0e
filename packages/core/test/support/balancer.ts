import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';

const PROBE_MS = 100;

/** Points new connections at the instances whose /ready says 200, asking each ten times a second. */
export class Balancer {
  readonly #ready: number[] = [];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #next = 0;

  readonly #probes: boolean;
  readonly #ca: string | undefined;

  /**
   * @param probes - Whether it finds out by itself that an instance goes.
   * @param ca - Whose certificates the instances have; without, they speak no TLS.
   */
  constructor(probes: boolean, ca?: string) {
    this.#probes = probes;
    this.#ca = ca;
  }

  /** Takes an instance in, once it is ready. */
  async add(port: number): Promise<void> {
    while (!(await isReady(port, this.#ca))) await new Promise((resolve) => setTimeout(resolve, 20));
    this.#ready.push(port);
    if (!this.#probes) return;
    const probe = async (): Promise<void> => {
      if (!(await isReady(port, this.#ca))) {
        this.remove(port);
        return;
      }
      if (this.#timers.has(port))
        this.#timers.set(
          port,
          setTimeout(() => void probe(), PROBE_MS),
        );
    };
    this.#timers.set(
      port,
      setTimeout(() => void probe(), PROBE_MS),
    );
  }

  remove(port: number): void {
    const at = this.#ready.indexOf(port);
    if (at !== -1) this.#ready.splice(at, 1);
    clearTimeout(this.#timers.get(port));
    this.#timers.delete(port);
  }

  readonly pick = (): number => this.#ready[this.#next++ % this.#ready.length] as number;

  close(): void {
    for (const port of this.#timers.keys()) this.remove(port);
  }
}

function isReady(port: number, ca: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const question = { port, host: '127.0.0.1', path: '/ready', agent: false, timeout: 1000 } as const;
    const answered = (response: IncomingMessage): void => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    const request = ca === undefined ? getPlain(question, answered) : getSecure({ ...question, ca }, answered);
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
