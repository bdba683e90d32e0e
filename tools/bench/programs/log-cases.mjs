// The loops that every logger goes through. A logger's program says how it does each case; asked over IPC, it answers with
// the CPU time of each, in nanoseconds per call.

/**
 * One call; `index` varies what is logged, as requests do.
 * @typedef {(index: number) => unknown} Case
 */

/**
 * @typedef {object} Cases
 * @property {Case} disabled a debug line while the level is info
 * @property {Case} line an info line with two fields
 * @property {Case} sub a sub-logger with one field
 * @property {Case} subLine such a sub-logger and a line through it
 * @property {Case} contextLine a line through the logger that the context holds
 */

// Streams pass on what they hold when the event loop comes round; a service that logs lets it. What writes nothing needs no
// such turns, and would be measured with them.
const linesPerTurn = 100;
const callsPerLook = 10_000;
/** @type {Record<keyof Cases, boolean>} */
const writes = { disabled: false, line: true, sub: false, subLine: true, contextLine: true };

/**
 * @param {Cases} cases
 * @param {object} options
 * @param {<R>(work: () => R) => R} options.inContext runs `work` where the context holds a logger
 * @param {() => void} [options.flush] for a logger that keeps lines: they count once they are written
 */
export function answerWith(cases, { inContext, flush = () => undefined }) {
  const measure = async (/** @type {{ only: (keyof Cases)[], cpuMs: number }} */ { only, cpuMs }) => {
    /** @type {Record<string, number>} */
    const nanoseconds = {};
    for (const name of only) {
      const loop = (/** @type {number} */ ms) => (writes[name] ? lines : calls)(cases[name], ms, flush);
      const around = name === 'contextLine' ? inContext : (/** @type {() => Promise<number>} */ work) => work();
      await around(() => loop(cpuMs / 2)); // warms up
      nanoseconds[name] = await around(() => loop(cpuMs));
    }
    process.send?.({ nanoseconds });
  };
  process.on('message', (question) => void measure(/** @type {any} */ (question)));
}

/** What the calls return ends here: the compiler may leave out a call whose result nobody can see. */
/** @type {{ last: unknown }} */
export const results = { last: undefined };

/** @param {Case} one @param {number} cpuMs */
async function calls(one, cpuMs) {
  const meter = new Meter(cpuMs);
  while (meter.goesOn()) {
    for (let index = 0; index < callsPerLook; index++) results.last = one(index);
    meter.calls += callsPerLook;
  }
  return meter.nanosecondsPerCall();
}

/** @param {Case} one @param {number} cpuMs @param {() => void} flush */
async function lines(one, cpuMs, flush) {
  const meter = new Meter(cpuMs);
  while (meter.goesOn()) {
    for (let index = 0; index < linesPerTurn; index++) one(index);
    meter.calls += linesPerTurn;
    await new Promise((resolve) => setImmediate(resolve));
  }
  flush();
  return meter.nanosecondsPerCall();
}

/** Counts calls for so many milliseconds of CPU time: a fast logger and a slow one are looked at equally long. */
class Meter {
  calls = 0;
  #start = process.cpuUsage();
  #budgetUs;

  /** @param {number} cpuMs */
  constructor(cpuMs) {
    this.#budgetUs = cpuMs * 1000;
  }

  goesOn() {
    return this.#usedUs() < this.#budgetUs;
  }

  nanosecondsPerCall() {
    return (this.#usedUs() * 1000) / this.calls;
  }

  #usedUs() {
    const { user, system } = process.cpuUsage(this.#start);
    return user + system;
  }
}
