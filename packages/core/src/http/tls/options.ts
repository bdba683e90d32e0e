import type { ServerOptions } from 'node:https';
import { milliseconds } from '../../check.ts';
import { show } from '../../show.ts';
import { loadTls } from './load.ts';

/** TLS of a listener: what `node:https` takes, and files that are read again when they change. */
export interface ListenerTlsOptions extends ServerOptions {
  /** Path of the certificate, PEM, its chain behind it. Read again on SIGHUP and when it changes. @default `cert` */
  certFile?: string;
  /** Path of its key, PEM. @default `key` */
  keyFile?: string;
  /** Path of the authorities that sign the clients' certificates, PEM. Read again as the others are. @default `ca` */
  caFile?: string;
  /**
   * Whether clients show certificates: `required` ends the handshake with one who has none that `caFile` or `ca` has signed;
   * with `optional` such a client is served and has no `request.peer`. @default they are not asked
   */
  clientCertificates?: 'required' | 'optional';
  /** How often the files are looked at, should their file system tell of no change, in milliseconds. @default 60000 */
  filePollMs?: number;
}

const FILES = { certFile: 'cert', keyFile: 'key', caFile: 'ca' } as const;
const TOO_OLD = ['TLSv1', 'TLSv1.1'];

/** What is wrong with the options, a sentence each; files and keys that do not fit among it. */
export function tlsProblems(name: string, tls: ListenerTlsOptions | undefined): string[] {
  if (tls === undefined) return [];
  if (typeof tls !== 'object' || tls === null) return [`${name} is ${show(tls)}: it takes options`];
  const problems: string[] = [];
  for (const [file, inline] of Object.entries(FILES) as [keyof typeof FILES, (typeof FILES)[keyof typeof FILES]][]) {
    const path: unknown = tls[file];
    if (path === undefined) continue;
    if (typeof path !== 'string' || path === '') problems.push(`${name}.${file} is ${show(path)}: it takes a path`);
    if (tls[inline] !== undefined) problems.push(`${name} has both ${file} and ${inline}: give one of them`);
  }
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    problems.push(
      `${name} has ${tls.certFile === undefined ? 'keyFile without certFile' : 'certFile without keyFile'}: they change together`,
    );
  const { clientCertificates: asked, minVersion, secureProtocol } = tls;
  if (asked !== undefined) {
    if (asked !== 'required' && asked !== 'optional')
      problems.push(`${name}.clientCertificates is ${show(asked)}: it takes required or optional`);
    if (tls.caFile === undefined && tls.ca === undefined)
      problems.push(`${name}.clientCertificates needs caFile or ca: without, every certificate that anybody can buy would do`);
    for (const own of ['requestCert', 'rejectUnauthorized'] as const)
      if (tls[own] !== undefined) problems.push(`${name} has both clientCertificates and ${own}: clientCertificates says it all`);
  }
  if (minVersion !== undefined && TOO_OLD.includes(minVersion))
    problems.push(`${name}.minVersion is ${show(minVersion)}: it takes TLSv1.2 or TLSv1.3 (RFC 8996)`);
  if (secureProtocol !== undefined) problems.push(`${name}.secureProtocol is ${show(secureProtocol)}: use minVersion and maxVersion`);
  milliseconds(`${name}.filePollMs`, tls.filePollMs, 1, problems);
  if (problems.length > 0) return problems;
  try {
    loadTls(tls);
  } catch (error) {
    problems.push(`${name} can't be used: ${(error as Error).message}`);
  }
  return problems;
}
