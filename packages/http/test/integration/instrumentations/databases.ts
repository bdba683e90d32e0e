import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort } from '../../../../../tools/services/ports.mjs';

// Debian's packages `postgresql` and `redis-server`; the variables name others.
const postgresFolder = process.env['POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';
const redisServer = process.env['REDIS_SERVER'] ?? 'redis-server';

/** What is not here of what is needed; undefined where all of it is. */
export function missingDatabase(): string | undefined {
  if (spawnSync(join(postgresFolder, 'postgres'), ['--version']).status !== 0)
    return `PostgreSQL is not in ${postgresFolder} (Debian package postgresql, or POSTGRES_BIN)`;
  if (spawnSync(redisServer, ['--version']).status !== 0)
    return `${redisServer} is not here (Debian package redis-server, or REDIS_SERVER)`;
  return undefined;
}

/** A PostgreSQL and a Redis of this test's own, on free ports of 127.0.0.1. */
export interface Databases {
  readonly postgres: string;
  readonly redis: string;
  stop(): Promise<void>;
}

export async function startDatabases(): Promise<Databases> {
  const folder = mkdtempSync(join(tmpdir(), 'patron-databases-'));
  // PostgreSQL refuses to run as root: as nobody, then.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'postgres');
  const options = { ...user, cwd: folder };
  const made = spawnSync(
    join(postgresFolder, 'initdb'),
    ['-D', data, '-U', 'patron', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? ''}${made.stderr}`);
  const [postgresPort, redisPort] = [await freePort(), await freePort()];
  const postgres = spawn(
    join(postgresFolder, 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(postgresPort), '-k', '', '-c', 'fsync=off'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const redis = spawn(redisServer, ['--bind', '127.0.0.1', '--port', String(redisPort), '--save', '', '--dir', folder], {
    ...options,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const stop = async (): Promise<void> => {
    await Promise.all([end(postgres, 'SIGQUIT'), end(redis, 'SIGTERM')]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all([
      said(postgres, postgres.stderr, 'ready to accept connections'),
      said(redis, redis.stdout, 'Ready to accept connections'),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { postgres: `postgres://patron@127.0.0.1:${postgresPort}/postgres`, redis: `redis://127.0.0.1:${redisPort}`, stop };
}

function said(child: ChildProcess, output: Readable | null, words: string): Promise<void> {
  if (output === null) throw new Error('the output is piped');
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    createInterface(output).on('line', (line) => {
      lines.push(line);
      if (line.includes(words)) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`ended before it said "${words}":\n${lines.join('\n')}`)));
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const closed = once(child, 'close');
  child.kill(signal);
  await closed;
}
