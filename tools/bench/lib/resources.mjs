import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';

/** @typedef {{ minutes: number, mb: number, descriptors: number, scrapeMs: number, scrapeKb: number }} Sample */

/**
 * What /metrics of a service tells of its process, and what that cost.
 * @param {string} base
 * @param {number} sinceMs when the first sample was taken, by `performance.now()`
 * @param {string} [ca]
 * @returns {Promise<Sample>}
 */
export async function sample(base, sinceMs, ca) {
  const askedAt = performance.now();
  const text = await metricsOf(base, ca);
  const value = (/** @type {string} */ name) => {
    const found = new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`/metrics tells no ${name}`);
    return Number(found);
  };
  return {
    minutes: (askedAt - sinceMs) / 60_000,
    mb: value('process_resident_memory_bytes') / 1024 / 1024,
    descriptors: value('process_open_fds'),
    scrapeMs: performance.now() - askedAt,
    scrapeKb: text.length / 1000,
  };
}

/**
 * Of the line that fits best (least squares), a minute.
 * @param {readonly Sample[]} samples
 * @param {(sample: Sample) => number} of
 */
export function slopeOf(samples, of) {
  const mean = (/** @type {(sample: Sample) => number} */ what) => samples.reduce((sum, one) => sum + what(one), 0) / samples.length;
  const meanMinutes = mean(({ minutes }) => minutes);
  const meanValue = mean(of);
  const over = samples.reduce((sum, one) => sum + (one.minutes - meanMinutes) * (of(one) - meanValue), 0);
  return over / samples.reduce((sum, { minutes }) => sum + (minutes - meanMinutes) ** 2, 0);
}

/**
 * @param {string} base
 * @param {string | undefined} ca
 * @returns {Promise<string>}
 */
function metricsOf(base, ca) {
  return new Promise((resolve, reject) => {
    const read = (/** @type {import('node:http').IncomingMessage} */ response) =>
      void response.toArray().then((chunks) => resolve(chunks.join('')), reject);
    const url = `${base}/metrics`;
    const asking = ca === undefined ? getPlain(url, { agent: false }, read) : getSecure(url, { agent: false, ca }, read);
    asking.on('error', reject);
  });
}
