import { Advice, step } from '../lib/progress.mjs';
import { bin, repository } from '../lib/repository.mjs';
import { lastLines, run } from '../lib/run.mjs';
import { childEnv } from './environment.mjs';

/** Builds every package and example through turbo; what has not changed comes from its cache on disk. */
export async function build() {
  await step('build: packages and examples', async () => {
    const args = ['run', 'build', '--ui=stream', '--output-logs=errors-only', '--log-prefix=task', '--no-color'];
    const { code, output } = await run(bin('turbo'), args, { cwd: repository, env: childEnv() });
    if (code !== 0) throw new Advice('The build failed:', lastLines(withoutChatter(output), 40));
  });
}

/**
 * Turbo's frame around the compiler's words tells a reader nothing.
 * @param {string} output
 */
function withoutChatter(output) {
  const chatter = /^(•|│|└|┌|(Tasks|Cached|Time|Failed):|ELIFECYCLE|> |turbo [\d.]+$|cache miss|@?[\w/-]+#build:|ERROR {2})/;
  const words = (/** @type {string} */ line) => line.replace(/^@?[\w/-]+:build:/, '').trim();
  const lines = output.split('\n').filter((line) => words(line) !== '' && !chatter.test(words(line)));
  return lines.length === 0 ? output : lines.join('\n');
}
