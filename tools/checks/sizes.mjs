import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, isTest, packagesOf, short } from '../lib/repository.mjs';

const secondLook = 250;
const tooLong = 400;
const longTest = 600;

/**
 * One file holds one idea. Past 250 lines a file deserves a second look, past 400 a split; tests may be longer.
 * @param {string} root
 */
export async function check(root) {
  const folders = [...packagesOf(root, 'packages'), ...packagesOf(root, 'examples')].map((one) => one.path);
  const files = [...folders, join(root, 'tools')].flatMap((folder) => filesBelow(folder, /\.(ts|mts|mjs|js)$/));
  /** @type {string[]} */
  const problems = [];
  /** @type {string[]} */
  const notes = [];
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').length;
    const line = `${short(root, file)} has ${lines} lines`;
    if (isTest(file)) {
      if (lines > longTest) notes.push(`${line}: a long test`);
    } else if (lines > tooLong) problems.push(`${line}: more than ${tooLong}; split it, one idea per file`);
    else if (lines > secondLook) notes.push(`${line}: deserves a second look`);
  }
  return { problems, notes };
}
