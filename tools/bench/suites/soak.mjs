import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { importTypeScript } from '../../lib/import-typescript.mjs';
import { freePort } from '../lib/ports.mjs';
import { Program, programFile } from '../lib/program.mjs';
import { sample, slopeOf } from '../lib/resources.mjs';
import { toRow } from '../lib/row.mjs';

const perSecond = 420; // so that four in ten are 100,000 URLs that nobody knows
const sampleEveryMs = 5000;
const key = 'of-the-soak';
const inRepository = (/** @type {string} */ path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const title = `soak: examples/http-secure with everything on, ${perSecond} requests/s of all kinds for ten minutes, the first four to warm up`;
export const pairs = 1;
/** One long look. */
export const isExact = true;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure({ node, quick }, _machine, progress) {
  const { cert, key: privateKey } = await importTypeScript(inRepository('packages/core/test/support/certificate.ts'));
  const folder = mkdtempSync(join(tmpdir(), 'patron-soak-'));
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), privateKey);
  const port = await freePort();
  const base = `https://127.0.0.1:${port}`;
  const service = new Program(inRepository('examples/http-secure/dist/main.js'), {
    node,
    env: {
      PATRON_HTTP_DEFAULT_PORT: String(port),
      NODE_ENV: 'production',
      API_KEY: key,
      TLS_CERT_FILE: join(folder, 'tls.crt'),
      TLS_KEY_FILE: join(folder, 'tls.key'),
    },
    output: 'ignore',
  });
  const client = new Program(programFile('programs/mixed-load.mjs'), { node });
  const [warmUp, seconds] = quick ? [20, 40] : [240, 360];
  try {
    await Promise.race([listening(base, cert), service.failed]);
    await client.ask({ command: 'open', base, ca: cert, key });
    progress('warms up');
    await client.ask({ command: 'run', perSecond, seconds: warmUp }, warmUp * 3000);
    const done = client.ask({ command: 'run', perSecond, seconds }, seconds * 3000);
    /** @type {import('../lib/resources.mjs').Sample[]} */
    const samples = [];
    const startedAt = performance.now();
    while (performance.now() - startedAt < seconds * 1000) {
      samples.push(await sample(base, startedAt, cert));
      progress(`${Math.round(samples.at(-1)?.mb ?? 0)} MB, ${samples.at(-1)?.descriptors} descriptors`);
      await Promise.race([wait(sampleEveryMs), done, service.failed]);
    }
    const { counts } = await done;
    const most = (/** @type {'scrapeMs' | 'scrapeKb'} */ of) => Math.max(...samples.map((one) => one[of]));
    const ends = (/** @type {'mb' | 'descriptors'} */ of) =>
      `${Math.round(samples[0]?.[of] ?? 0)} to ${Math.round(samples.at(-1)?.[of] ?? 0)}`;
    return {
      rows: [
        toRow({ what: 'slope of the resident memory', unit: 'MB/min', ours: [slopeOf(samples, ({ mb }) => mb)], maxValue: 1 }),
        toRow({ what: 'slope of the descriptors', unit: '/min', ours: [slopeOf(samples, ({ descriptors }) => descriptors)], maxValue: 3 }),
        toRow({ what: 'size of /metrics', unit: 'kB', ours: [most('scrapeKb')], maxValue: 500 }),
        toRow({ what: 'the slowest scrape', unit: 'ms', ours: [most('scrapeMs')] }),
      ],
      notes: [
        `${ends('mb')} MB, ${ends('descriptors')} descriptors after the warm-up and in the end`,
        `answered as they should: ${Object.entries(counts)
          .map(([name, count]) => `${count} ${name}`)
          .join(', ')}`,
      ],
    };
  } finally {
    await Promise.all([client.end(), service.end()]);
    rmSync(folder, { recursive: true });
  }
}

/**
 * Resolves once it answers.
 * @param {string} base
 * @param {string} ca
 */
async function listening(base, ca) {
  for (const end = performance.now() + 20_000; ; await wait(50)) {
    try {
      await sample(base, 0, ca);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}
