import { toRow } from '../lib/row.mjs';
import { idleServers, Servers } from '../lib/servers.mjs';
import { paths } from '../programs/growth-routes.mjs';

export const title = 'growth: CPU time of a request to a service of 10 to 10,000 routes, half of them with a param, 64 connections';
export const pairs = 7;

const counts = [10, 100, 1_000, 10_000];
const maxRatio = 1.2;

// Each route is asked for at least twice before it counts.
const requests = (/** @type {boolean} */ quick) => ({ warmUp: 30_000, counted: quick ? 10_000 : 40_000 });

const looks = [
  { what: '10 of them asked', asked: () => 10 },
  // Each route has a histogram of its own: what is asked for so seldom is in no processor's cache.
  { what: 'all of them asked', asked: (/** @type {number} */ count) => count },
];

/** @param {number} count */
const name = (count) => `${count.toLocaleString('en-US')} routes`;

/** @type {import('../main.mjs').Suite['measure']} */
export async function measure(settings, _machine, progress) {
  const rows = [];
  const notes = [];
  for (const { what, asked } of looks) {
    const sides = Object.fromEntries(
      counts.map((count) => {
        const env = { ROUTES: String(count) };
        return [name(count), { file: 'programs/growth-patron.mjs', env, paths: paths(count, asked(count)) }];
      }),
    );
    const results = await new Servers(sides, settings, { requests: requests(settings.quick) }).inTurn((line) =>
      progress(`${what}, ${line}`),
    );
    const cpu = (/** @type {number} */ count) => (results[name(count)] ?? []).map((one) => one.cpuUs);
    const [few = 0, ...more] = counts;
    for (const count of more) {
      const goal = count === counts.at(-1) ? { maxRatio } : {};
      rows.push(toRow({ what: `${name(count)}, ${what}`, against: name(few), unit: 'µs', ours: cpu(count), theirs: cpu(few), ...goal }));
    }
    notes.push(...idleServers(results));
  }
  return { rows, notes };
}
