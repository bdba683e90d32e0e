import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { short } from '../lib/repository.mjs';
import { inParallel } from '../lib/run.mjs';
import { findBlocks } from './examples-blocks.mjs';
import { compile, layOut } from './examples-compile.mjs';
import { runBlock } from './examples-run.mjs';

/**
 * Every example in a docstring or a page is compiled, as a user's strict project would, and run as a process of its own,
 * which has to end with 0 within 15 s. After the opening fence's `ts` may stand:
 * - `no-run`: compiled only, for what needs something that isn't there;
 * - `service`: runs until it is told to stop: it gets SIGTERM once it has started.
 * @param {string} root
 * @param {{ limitMs?: number }} [options]
 */
export async function check(root, { limitMs = 15_000 } = {}) {
  const { blocks, problems } = findBlocks(root);
  const folder = join(root, '.cache', 'examples');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  layOut(root, folder, blocks);
  const { broken, problems: compileProblems } = await compile(root, folder, blocks);
  problems.push(...compileProblems);
  const runnable = blocks.filter((block) => block.mode !== 'no-run' && !broken.has(block));
  const failures = await inParallel(runnable, 2, (block) => runBlock(folder, block, limitMs));
  runnable.forEach((block, index) => {
    if (failures[index]) problems.push(`${short(root, block.file)}:${block.line} ${failures[index]}`);
  });
  const compiledOnly = blocks.filter((block) => block.mode === 'no-run');
  const notes = [`${blocks.length} examples compiled, ${runnable.length} run, ${compiledOnly.length} marked no-run`];
  return { problems, notes };
}
