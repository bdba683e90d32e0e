import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Advice, explain } from '../lib/progress.mjs';
import { repository } from '../lib/repository.mjs';
import { runHere } from '../lib/run.mjs';
import { build } from './build.mjs';
import { childEnv } from './environment.mjs';
import { installPackages } from './install.mjs';
import { buildNative, nativeProblem } from './native.mjs';
import { findPnpm } from './pnpm.mjs';
import { runTests } from './tests.mjs';

const usage = `usage: node tools/setup/main.mjs <command>

  test [jest arguments]   set up, build, run the tests            (npm test)
  demo                    set up, build, run the demo             (npm run demo)
  install [--update]      set up and build; --update rewrites pnpm-lock.yaml after a change to a package.json.
                          Compiles node-rdkafka anew where headers that it lacked were installed since
  pnpm <arguments>        the pnpm that this repository pins, e.g. pnpm --filter @patron/http add zod`;

/** @param {string[]} argv */
export async function main([command, ...args]) {
  try {
    process.exitCode = await execute(command, args);
  } catch (error) {
    explain(error);
    process.exitCode = 1;
  }
}

/**
 * @param {string | undefined} command
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function execute(command, args) {
  switch (command) {
    case 'install':
      await setUp({ update: args.includes('--update'), withAllFeatures: true });
      return 0;
    case 'test':
      await setUp();
      return await runTests(args);
    case 'demo': {
      // Where the Kafka client can't be compiled there is all the rest to see.
      const problem = await nativeProblem();
      await setUp({ withNative: problem === undefined });
      return await runDemo(args, problem);
    }
    case 'pnpm':
      return await runHere(process.execPath, [await findPnpm(), ...args], { cwd: repository, env: childEnv() });
    default:
      console.error(usage);
      return 2;
  }
}

/** Everything that has to be there before a test or the demo runs. The second time nothing is left to do. */
export async function setUp({ update = false, withBuild = true, withNative = true, withAllFeatures = false } = {}) {
  const pnpm = await findPnpm();
  await installPackages(pnpm, { update, withNative });
  if (withNative) await buildNative(pnpm, { withAllFeatures });
  if (withBuild) await build();
}

/**
 * @param {string[]} args
 * @param {string | undefined} withoutKafka why there is no Kafka client
 */
async function runDemo(args, withoutKafka) {
  const demo = join(repository, 'examples', 'http', 'dist', 'demo.js');
  if (!existsSync(demo)) throw new Advice('The demo has not been built: examples/http/src/demo.ts is missing.');
  const env = { ...process.env, ...(withoutKafka !== undefined && { DEMO_WITHOUT_KAFKA: withoutKafka }) };
  return await runHere(process.execPath, [demo, ...args], { cwd: repository, env });
}
