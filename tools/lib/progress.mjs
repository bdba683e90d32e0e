// Progress goes to stderr, so that what a script is asked for can be piped from stdout.
const out = process.stderr;
const tickMs = 15_000;

/** @param {number} ms */
export const seconds = (ms) =>
  ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

/**
 * Runs one step of a script and says how long it took, on one line. While it runs, a terminal shows its seconds; where
 * nobody can overwrite a line (CI, a file), a line every 15 s says that it's still at it.
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const start = performance.now();
  const elapsed = () => seconds(performance.now() - start);
  const live = out.isTTY === true;
  if (live) out.write(`  ${title} …`);
  const timer = setInterval(() => out.write(live ? `\r  ${title} … ${elapsed()}` : `  ${title} … ${elapsed()}\n`), live ? 1000 : tickMs);
  const end = (/** @type {string} */ mark) => {
    clearInterval(timer);
    out.write(`${live ? '\r\x1b[K' : ''}${mark} ${title.padEnd(44)} ${elapsed()}\n`);
  };
  try {
    const result = await work();
    end('✓');
    return result;
  } catch (error) {
    end('✗');
    throw error;
  }
}

/** Something that the person at the keyboard can do something about: shown as it is, without a stack. */
export class Advice extends Error {
  /**
   * @param {string} problem what is wrong and what to do, in plain sentences
   * @param {string} [output] the last lines of the command that failed
   */
  constructor(problem, output) {
    super(output ? `${problem}\n\n${output.replace(/^/gm, '    ')}` : problem);
    this.name = 'Advice';
  }
}

/**
 * Says what went wrong, for a script that ends with it.
 * @param {unknown} error
 */
export function explain(error) {
  const isAdvice = error instanceof Error && error.name === 'Advice';
  out.write(`\n${isAdvice ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
}
