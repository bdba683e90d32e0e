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
  if (!existsSync(trace) || !existsSync(http)) return undefined;
  const { metrics, setup } = await import(pathToFileURL(trace).href);
  const { RouteOperations } = await import(pathToFileURL(http).href);
  setup();
  // A metric is registered when its first operation is described; this request does no more than that.
  new RouteOperations('GET', '/').of({ socket: {} });
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
