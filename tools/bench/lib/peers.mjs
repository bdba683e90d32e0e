import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { step } from '../../lib/progress.mjs';
import { run } from '../../lib/run.mjs';
import { cache, childEnv } from '../../setup/environment.mjs';
import { findPnpm, installFailure } from '../../setup/pnpm.mjs';

const folder = fileURLToPath(new URL('../peers', import.meta.url));
const stampFile = join(cache, 'bench', 'peers');

/** Installs what patron is measured against, apart from the workspace. The second time nothing is left to do. */
export async function installPeers() {
  if (existsSync(join(folder, 'node_modules')) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp()) return;
  const pnpm = await findPnpm();
  await step('peers: Fastify, NestJS, OpenTelemetry, pino, kafkajs', async () => {
    const args = [pnpm, 'install', '--ignore-workspace', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'];
    const { code, output } = await run(process.execPath, args, { cwd: folder, env: { ...childEnv(), CI: 'true' } });
    if (code !== 0) throw installFailure('pnpm could not install the peers.', output);
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, stamp());
  });
}

function stamp() {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'pnpm-lock.yaml']) hash.update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}
