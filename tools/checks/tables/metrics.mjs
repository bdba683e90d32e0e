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
  const calls = join(root, 'packages', 'http', 'dist', 'client', 'operations.js');
  const refusals = join(root, 'packages', 'core', 'dist', 'http', 'refuse.js');
  if (!existsSync(trace) || !existsSync(http)) return undefined;
  const { metrics, setup } = await import(pathToFileURL(trace).href);
  const { RouteOperations } = await import(pathToFileURL(http).href);
  const { countRefusal } = await import(pathToFileURL(refusals).href);
  const { tellService } = await import(pathToFileURL(join(root, 'packages', 'core', 'dist', 'service-metrics.js')).href);
  // An exporter, as what counts its spans is there with it only.
  await setup({ exporter: { export: () => undefined, shutdown: async () => undefined } });
  // These are registered when they are first needed; nobody scrapes this process.
  new RouteOperations('GET', '/').of({ socket: {} });
  countRefusal(400);
  /** @param {string} file */
  const ofListeners = (file) => import(pathToFileURL(join(root, 'packages', 'core', 'dist', 'http', file)).href);
  (await ofListeners('refused-connections.js')).countRefusedConnection('docs');
  (await ofListeners('upgrades.js')).tellUpgrades({ name: 'docs', count: () => 0 });
  (await ofListeners('tls/expiry.js')).tellExpiry({ name: 'docs', expiresAt: () => undefined });
  tellService({ name: 'docs', version: '', supervisor: { states: () => [], reasons: () => ({}) }, phase: () => 'running' });
  const { instrumentsOf, tellConsumer } = await import(
    pathToFileURL(join(root, 'packages', 'core', 'dist', 'async', 'instruments.js')).href
  );
  instrumentsOf('kafka', 'orders', 'billing');
  tellConsumer({ name: 'docs', inFlight: 0, running: 0, parked: 0 });
  if (existsSync(calls)) {
    const { ClientOperations } = await import(pathToFileURL(calls).href);
    new ClientOperations().of('GET', { address: 'orders', port: 80, template: '/' });
    const dist = join(root, 'packages', 'http', 'dist');
    (await import(pathToFileURL(join(dist, 'rate-limit', 'instruments.js')).href)).countRefused('/', 'docs');
    (await import(pathToFileURL(join(dist, 'shed', 'instruments.js')).href)).countShed('in_flight');
  }
  const kafka = join(root, 'packages', 'kafka', 'dist');
  if (existsSync(kafka)) {
    const { tellIntake } = await import(pathToFileURL(join(kafka, 'instruments.js')).href);
    const { SendOperations } = await import(pathToFileURL(join(kafka, 'operations.js')).href);
    tellIntake({ group: 'docs', partitions: [], brokers: undefined });
    new SendOperations().of('orders');
  }
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
