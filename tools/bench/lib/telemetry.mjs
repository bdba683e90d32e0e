// What patron is compared with where telemetry is on; both sides get their settings from the same variables of OpenTelemetry.

/** @typedef {import('./servers.mjs').Server} Server */

const file = 'peers/hello-fastify-telemetry.mjs';
const preload = ['peers/telemetry-sdk.mjs'];

/**
 * Fastify with telemetry, twice: as the READMEs of its parts set it up, and with every switch that they offer to do less.
 * @type {Record<string, Server>}
 */
export const instrumented = {
  'Fastify 5, OTel, metrics, pino': { file, preload },
  'the same, lean': { file, preload, env: { LEAN: 'yes' } },
};

/**
 * The same variables for every server.
 * @param {Record<string, Server>} servers
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, Server>}
 */
export const withEnv = (servers, env) =>
  Object.fromEntries(Object.entries(servers).map(([name, server]) => [name, { ...server, env: { ...server.env, ...env } }]));

// Metrics are scraped on both sides; the SDK of the other one would push them and log lines, too.
export const tracesOnly = { OTEL_SERVICE_NAME: 'hello', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
