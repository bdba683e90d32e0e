import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { cert, key } from '../../../packages/core/test/support/certificate.ts';
import { endAll, ServiceProcess } from '../../../packages/core/test/support/service-process.ts';

export const API_KEY = 'k-4711';
export const photo = randomBytes(5 * 1024 * 1024);
export const sha256 = createHash('sha256').update(photo).digest('hex');
/** What `/api/numbers?count=100000` is. */
export const NUMBERS = { bytes: 588_895, last: '100000' };

/** The example as a process of its own, for the tests of one file. */
export interface SecureService {
  /** `https://127.0.0.1:<port>` */
  base: string;
  /** Has `tls.crt`, `tls.key` and `photo.jpg`. */
  folder: string;
  process: ServiceProcess;
}

/** Starts it before the tests of a file, and ends it after them. */
export function secureService(): SecureService {
  const secure = {} as SecureService; // filled in before the first test
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'patron-secure-'));
    for (const [name, content] of [
      ['tls.crt', cert],
      ['tls.key', key],
      ['photo.jpg', photo],
    ] as const)
      writeFileSync(join(folder, name), content);
    const process = new ServiceProcess(fileURLToPath(new URL('../dist/main.js', import.meta.url)), [], {
      API_KEY,
      TLS_CERT_FILE: join(folder, 'tls.crt'),
      TLS_KEY_FILE: join(folder, 'tls.key'),
      PATRON_HTTP_DEFAULT_PORT: '0',
    });
    Object.assign(secure, { folder, process, base: `https://127.0.0.1:${await process.port()}` });
  });
  afterAll(async () => {
    await endAll();
    if (secure.folder !== undefined) rmSync(secure.folder, { recursive: true });
  });
  return secure;
}
