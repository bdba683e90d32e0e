import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files of a certificate and its key. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** What a certificate says. */
export interface CertificateSpec {
  /** @default localhost */
  commonName?: string;
  serial?: number;
  /** As openssl takes them: `DNS:localhost,URI:spiffe://shop/billing`. @default DNS:localhost,IP:127.0.0.1 */
  names?: string;
  /** It ends as it begins. @default 30 days later */
  expired?: boolean;
  /** Who signs it. @default itself, as an authority */
  by?: CertificateFiles;
}

/** Makes a key (EC P-256) and a certificate in a folder. For tests only. */
export async function certificate(folder: string, name: string, spec: CertificateSpec = {}): Promise<CertificateFiles> {
  const { commonName = 'localhost', serial = 1, names = 'DNS:localhost,IP:127.0.0.1', expired, by } = spec;
  const files = { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  args.push('-keyout', files.key, '-out', files.cert, '-subj', `/O=Shop/CN=${commonName}`);
  args.push('-set_serial', String(serial), '-days', '30', '-addext', `subjectAltName=${names}`);
  if (by !== undefined) args.push('-CA', by.cert, '-CAkey', by.key, '-addext', 'basicConstraints=critical,CA:FALSE');
  await run('openssl', args);
  if (expired === true) {
    const asked = join(folder, `${name}.csr`);
    const signed = by === undefined ? ['-signkey', files.key] : ['-CA', by.cert, '-CAkey', by.key];
    await run('openssl', ['x509', '-x509toreq', '-in', files.cert, '-signkey', files.key, '-out', asked]);
    // `req` takes no such time, `x509` takes nothing else than a request.
    await run('openssl', ['x509', '-req', '-in', asked, ...signed, '-set_serial', String(serial), '-days', '0', '-out', files.cert]);
  }
  return files;
}
