import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** What npm would have installed for somebody who asked for @patron/core: its packages as built, and no optional peer. */
export class Installation {
  readonly #root = mkdtempSync(join(tmpdir(), 'patron-installed-'));

  constructor() {
    const modules = join(this.#root, 'node_modules');
    for (const name of ['log', 'trace', 'core', 'reliability']) {
      const from = join(packages, name);
      if (!readdirSync(packages).includes(name)) continue;
      const to = join(modules, '@patron', name);
      cpSync(join(from, 'dist'), join(to, 'dist'), { recursive: true });
      cpSync(join(from, 'package.json'), join(to, 'package.json'));
    }
    mkdirSync(join(modules, '@opentelemetry'));
    link(join(packages, 'trace', 'node_modules', '@opentelemetry', 'api'), join(modules, '@opentelemetry', 'api'));
    const ofLog = join(packages, 'log', 'node_modules');
    for (const name of readdirSync(ofLog).filter((one) => /^[a-z]/.test(one))) link(join(ofLog, name), join(modules, name));
  }

  /** Puts a program of test/support/services beside them. @returns its path */
  program(fixture: string): string {
    const path = join(this.#root, fixture);
    cpSync(fileURLToPath(new URL(`./services/${fixture}`, import.meta.url)), path);
    return path;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

function link(from: string, to: string): void {
  symlinkSync(realpathSync(from), to);
}
