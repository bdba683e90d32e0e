import { freePort } from './ports.mjs';
import { Program, programFile } from './program.mjs';

/** In what state a collector may be. */
export const states = /** @type {const} */ (['healthy', 'dead', 'stalled', 'slow', 'busy']);

/** @typedef {typeof states[number]} State */

/**
 * A collector in this state.
 * @param {State} state
 * @param {{ node: string, core?: number }} where
 * @returns {Promise<{ port: number, end: () => Promise<void> }>}
 */
export async function openCollector(state, where) {
  if (state === 'dead') return { port: await freePort(), end: async () => undefined };
  const program = new Program(programFile(state === 'healthy' ? 'programs/otlp-receiver.mjs' : 'programs/sick-collector.mjs'), where);
  const { port } = await program.ask(state === 'healthy' ? { command: 'listen' } : { ailment: state });
  return { port, end: () => program.end() };
}

/**
 * What makes a service record every request and send its spans there.
 * @param {number} port of the collector
 * @returns {NodeJS.ProcessEnv}
 */
export const recordingEverything = (port) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  OTEL_TRACES_SAMPLER: 'always_on',
  OTEL_METRICS_EXPORTER: 'none',
});
