import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The metrics that a service has from its start, from the registry itself.
 * @param {string} root
 * @returns {Promise<import('../docs.mjs').Table | undefined>}
 */
export async function table(root) {
  const trace = join(root, 'packages', 'trace', 'dist', 'index.js');
  const http = join(root, 'packages', 'core', 'dist', 'http.js');
  const refusals = join(root, 'packages', 'core', 'dist', 'http', 'refuse.js');
  if (!existsSync(trace) || !existsSync(http)) return undefined;
  const { metrics, setup } = await import(pathToFileURL(trace).href);
  const { RouteOperations } = await import(pathToFileURL(http).href);
  const { countRefusal } = await import(pathToFileURL(refusals).href);
  setup();
  // These are registered when they are first needed; nobody scrapes this process.
  new RouteOperations('GET', '/').of({ socket: {} });
  countRefusal(400);
  /** @type {{ name: string, type: string, labelNames: string[], help: string }[]} */
  const instruments = [...metrics.instruments()];
  return {
    page: 'docs/metrics.md',
    columns: ['Metric', 'Type', 'Labels', 'Meaning'],
    rows: instruments
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name, type, labelNames, help }) => [`\`${name}\``, type, labelNames.map((label) => `\`${label}\``).join(' '), help]),
  };
}
