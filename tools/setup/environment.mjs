import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { repository } from '../lib/repository.mjs';

export const cache = join(repository, '.cache');
export const pnpmFolder = join(cache, 'tools', 'pnpm');

/**
 * The environment for npm, pnpm and turbo.
 * - What `npm test` has put there about itself goes: an npm or pnpm below it would take it for its own configuration.
 * - The running Node and the pinned pnpm come first on the PATH: turbo starts the builds with whatever stands there.
 * - No telemetry and no look-up of newer versions: a build contacts nobody.
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnv() {
  /** @type {NodeJS.ProcessEnv} */
  const env = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^npm_(lifecycle|package|command|config_(local_|global_)?prefix|execpath|node_execpath)/i.test(name)) env[name] = value;
  }
  env['PATH'] = [dirname(process.execPath), join(pnpmFolder, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter);
  Object.assign(env, { TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1', DO_NOT_TRACK: '1', NO_UPDATE_NOTIFIER: '1' });
  // One process: node-rdkafka configures librdkafka and compiles it in two targets that nothing orders but that.
  env['JOBS'] = '1';
  delete env['MAKEFLAGS'];
  const headers = nodeHeaders();
  if (headers) env['npm_config_nodedir'] = headers;
  return env;
}

/**
 * Where Node's C++ headers are on this machine. With them a native build needs no download; without, node-gyp fetches
 * them as usual.
 */
export function nodeHeaders() {
  const folder = dirname(dirname(process.execPath));
  return existsSync(join(folder, 'include', 'node', 'node.h')) ? folder : undefined;
}
