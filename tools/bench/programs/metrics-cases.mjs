// The loops that every metrics library goes through. A library's program says how it does each case; asked over IPC, it
// answers with the CPU time of one: in nanoseconds per call, of a scrape in milliseconds, with the longest stretch in which
// the event loop did not turn.

/** Label sets of a route each, as a service has them; the same objects on both sides. @param {number} count */
const labelSets = (count) => Array.from({ length: count }, (_, i) => ({ method: 'GET', route: `/orders/${i}/items`, status: '200' }));

export const labelNames = ['method', 'route', 'status'];
export const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * @typedef {{ method: string, route: string, status: string }} Labels
 * @typedef {object} Library with a histogram that has `labelNames` and `buckets`
 * @property {(labels: Labels) => { observe(value: number): void }} series
 * @property {() => Promise<number>} scrape reads everything to its end; how many characters
 */

/** @param {() => Library} create a library with a registry of its own */
export function answerWith(create) {
  const measure = async (/** @type {{ what: string, series: number, cpuMs: number }} */ { what, series, cpuMs }) => {
    const library = create();
    const sets = labelSets(series);
    for (const labels of sets) library.series(labels).observe(0.03);
    // The same few among however many there are: what grows is the metric, and not the caller's own working set.
    const few = Array.from({ length: 10 }, (_, i) => /** @type {Labels} */ (sets[Math.floor((i * series) / 10)]));
    const held = few.map((labels) => library.series(labels));
    if (what === 'scrape') return process.send?.(await scrapes(library, cpuMs));
    const call =
      what === 'observe'
        ? (/** @type {number} */ i) => held[i % 10]?.observe(0.03)
        : (/** @type {number} */ i) => library.series(/** @type {Labels} */ (few[i % 10])).observe(0.03);
    loop(call, cpuMs / 2); // warms up
    process.send?.({ nanoseconds: loop(call, cpuMs) });
  };
  process.on('message', (question) => void measure(/** @type {any} */ (question)));
}

const callsPerLook = 10_000;

/** @param {(i: number) => void} call @param {number} cpuMs */
function loop(call, cpuMs) {
  const start = process.cpuUsage();
  for (let calls = callsPerLook; ; calls += callsPerLook) {
    for (let i = 0; i < callsPerLook; i++) call(i);
    const used = usedMs(start);
    if (used >= cpuMs) return (used * 1e6) / calls;
  }
}

/** @param {Library} library @param {number} cpuMs */
async function scrapes(library, cpuMs) {
  await library.scrape(); // warms up
  const start = process.cpuUsage();
  let longestMs = 0;
  let last = process.cpuUsage();
  let immediate = setImmediate(function look() {
    longestMs = Math.max(longestMs, usedMs(last));
    last = process.cpuUsage();
    immediate = setImmediate(look);
  });
  let count = 0;
  let characters = 0;
  for (; count === 0 || usedMs(start) < cpuMs; count++) {
    characters = await library.scrape();
    await new Promise((resolve) => setImmediate(resolve));
  }
  clearImmediate(immediate);
  return { milliseconds: usedMs(start) / count, longestMs, characters };
}

/** @param {NodeJS.CpuUsage} since */
function usedMs(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
