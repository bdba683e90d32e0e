import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { ListenerTlsOptions } from './options.ts';

/** TLS as `node:https` takes it, proven to fit together. */
export interface LoadedTls {
  readonly settings: ServerOptions;
  /** The certificate that clients see; undefined where it can't be told (`pfx`). */
  readonly certificate: X509Certificate | undefined;
  /** Changes when anything in the files does. */
  readonly digest: string;
}

interface Contents {
  cert?: Buffer;
  key?: Buffer;
  ca?: Buffer;
}

/** @throws Error that names the file or option at fault */
export function loadTls(options: ListenerTlsOptions): LoadedTls {
  const contents: Contents = {};
  for (const [name, path] of filesOf(options)) {
    try {
      contents[name] = readFileSync(path);
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  return fit(options, contents);
}

/** The same while requests are served. @throws as {@link loadTls} */
export async function reloadTls(options: ListenerTlsOptions): Promise<LoadedTls> {
  const contents: Contents = {};
  for (const [name, path] of filesOf(options)) {
    try {
      contents[name] = await readFile(path);
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  return fit(options, contents);
}

/** The files that the options name. */
export function filesOf({ certFile, keyFile, caFile }: ListenerTlsOptions): readonly (readonly [keyof Contents, string])[] {
  const files = [['cert', certFile] as const, ['key', keyFile] as const, ['ca', caFile] as const];
  return files.filter((file): file is [keyof Contents, string] => file[1] !== undefined);
}

function unreadable(path: string, error: unknown): Error {
  return new Error(`${path} can't be read: ${(error as Error).message}`, { cause: error });
}

function fit(options: ListenerTlsOptions, contents: Contents): LoadedTls {
  const { certFile, keyFile, caFile, clientCertificates, filePollMs: _, ...own } = options;
  if (contents.cert !== undefined && contents.key !== undefined)
    checkPair({ certFile, keyFile, cert: contents.cert, key: contents.key, passphrase: options.passphrase });
  // Node takes what it finds of authorities and says nothing of the rest: half a file would lock out half of the clients.
  if (contents.ca !== undefined && caFile !== undefined) checkAuthorities(caFile, contents.ca);
  const settings: ServerOptions = {
    minVersion: 'TLSv1.2',
    ...own,
    ...contents,
    ...(clientCertificates !== undefined && { requestCert: true, rejectUnauthorized: clientCertificates === 'required' }),
  };
  createSecureContext(settings);
  const digest = createHash('sha256');
  for (const content of Object.values(contents) as Buffer[]) digest.update(content).update('\0');
  return { settings, certificate: certificateOf(settings.cert), digest: digest.digest('hex') };
}

interface Pair {
  certFile: string | undefined;
  keyFile: string | undefined;
  cert: Buffer;
  key: Buffer;
  passphrase: string | undefined;
}

function checkPair({ certFile, keyFile, cert, key, passphrase }: Pair): void {
  let certificate: X509Certificate;
  let privateKey: KeyObject;
  try {
    certificate = new X509Certificate(cert);
  } catch (error) {
    throw new Error(`${certFile} holds no certificate in PEM: ${(error as Error).message}`, { cause: error });
  }
  try {
    privateKey = createPrivateKey({ key, passphrase });
  } catch (error) {
    throw new Error(`${keyFile} holds no key in PEM that can be read: ${(error as Error).message}`, { cause: error });
  }
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${keyFile} is not the key of the certificate in ${certFile}`);
}

function checkAuthorities(file: string, pem: Buffer): void {
  const blocks = pem
    .toString('latin1')
    .split(/(?=-----BEGIN )/)
    .filter((block) => block.startsWith('-----BEGIN '));
  if (blocks.length === 0) throw new Error(`${file} holds no certificate in PEM`);
  blocks.forEach((block, i) => {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw new Error(`${file} is no list of certificates in PEM: number ${i + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function certificateOf(cert: ServerOptions['cert']): X509Certificate | undefined {
  const first = Array.isArray(cert) ? cert[0] : cert;
  return first === undefined ? undefined : new X509Certificate(first);
}
