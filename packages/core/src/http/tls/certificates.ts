import { type FSWatcher, watch } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { dirname } from 'node:path';
import { log } from '@patron/log';
import { atHangup } from '../../hangup.ts';
import { tellExpiry } from './expiry.ts';
import { filesOf, type LoadedTls, loadTls, reloadTls } from './load.ts';
import type { ListenerTlsOptions } from './options.ts';

/** Key and certificate are written one after the other; and one change makes several events. */
const SETTLE_MS = 100;
const POLL_MS = 60_000;

/**
 * The certificates of a listener: read again on SIGHUP and when a file changes. What can't be used changes nothing but the
 * log; what was there before goes on.
 *
 * Watches folders, not files: Kubernetes swaps a link beside the files (`..data`), and most tools rename a new file over the
 * old one; a watch of the file itself would go on watching what was.
 */
export class Certificates {
  readonly #name: string;
  readonly #options: ListenerTlsOptions;
  readonly #folders: ReadonlySet<string>;
  readonly #watchers = new Map<string, FSWatcher>();
  #current: LoadedTls;
  /** What was last complained of: once is enough. */
  #complaint: string | undefined;
  #apply: (settings: ServerOptions) => void = () => undefined;
  #settling: NodeJS.Timeout | undefined;
  #polling: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  #ends: (() => void)[] = [];

  /** @throws Error that names the file or option at fault */
  constructor(name: string, options: ListenerTlsOptions) {
    this.#name = name;
    this.#options = options;
    this.#current = loadTls(options);
    this.#folders = new Set(filesOf(options).map(([, path]) => dirname(path)));
  }

  /** For the server, as it is opened. */
  get settings(): ServerOptions {
    return this.#current.settings;
  }

  /** What GET /info tells of them. */
  info(): Record<string, unknown> {
    const { certificate } = this.#current;
    if (certificate === undefined) return {};
    const { serialNumber: serial, fingerprint256 } = certificate;
    return { subject: oneLine(certificate.subject), serial, fingerprint256, expires: this.#expiresAt()?.toISOString() };
  }

  /** Begins to look after them, until {@link stop}. @param apply - Puts new ones in place; connections that are open go on. */
  start(apply: (settings: ServerOptions) => void): void {
    this.#apply = apply;
    this.#ends.push(tellExpiry({ name: this.#name, expiresAt: () => this.#expiresAt() }));
    this.#tell();
    if (this.#folders.size === 0) return;
    this.#ends.push(atHangup(() => this.#look('SIGHUP')));
    this.#watch();
    const poll = (): void => {
      this.#watch(); // a folder that was not there, or was taken away
      void this.#look('poll');
    };
    this.#polling = setInterval(poll, this.#options.filePollMs ?? POLL_MS);
    this.#polling.unref();
    void this.#look('start'); // they may have changed since they were read
  }

  stop(): void {
    clearTimeout(this.#settling);
    clearInterval(this.#polling);
    for (const end of this.#ends.splice(0)) end();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#apply = () => undefined;
  }

  #watch(): void {
    for (const folder of this.#folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#changed());
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch (error) {
        // No more watches to be had, or no such folder: the poll finds what changes.
        log.debug('certificates are polled: their folder can not be watched', { component: this.#name, folder, error });
      }
    }
  }

  #changed(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#look('change'), SETTLE_MS);
    this.#settling.unref();
  }

  /** One look after the other, so that an older one never wins. */
  #look(reason: string): Promise<void> {
    this.#last = this.#last.then(() => this.#reload(reason));
    return this.#last;
  }

  async #reload(reason: string): Promise<void> {
    try {
      const loaded = await reloadTls(this.#options);
      const same = loaded.digest === this.#current.digest;
      if (same && reason !== 'SIGHUP') return;
      this.#apply(loaded.settings);
      this.#current = loaded;
      this.#tell(reason);
      this.#complaint = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message === this.#complaint && reason !== 'SIGHUP') return;
      this.#complaint = message;
      log.error(`certificate not changed: ${message}`, { component: this.#name, reason, error });
    }
  }

  #expiresAt(): Date | undefined {
    const { certificate } = this.#current;
    return certificate && new Date(certificate.validTo);
  }

  #tell(reason?: string): void {
    const { certificate } = this.#current;
    if (certificate === undefined) return;
    const fields = { component: this.#name, ...this.info(), ...(reason !== undefined && { reason }) };
    if (Date.parse(certificate.validTo) <= Date.now()) log.error('certificate loaded, and it has expired: clients refuse it', fields);
    else log.info('certificate loaded', fields);
  }
}

/** OpenSSL writes a line per part of a name. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
