import { writeFileSync } from 'node:fs';
import { readProfile, toTree } from './cpu-profile.mjs';
import { flameGraph } from './flame-graph.mjs';
import { difference, topFunctions } from './profile-report.mjs';

/**
 * Profiles each side, writes the .cpuprofile for Chrome's DevTools and a flame graph for any browser, and tells what stands
 * in them.
 * @param {import('./servers.mjs').Servers} servers
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.what the flame graphs' title, before the side's name
 * @param {string} [options.base] the side that ours is compared with
 * @param {(line: string) => void} options.progress
 * @returns {Promise<string[]>} tables
 */
export async function profileSides(servers, { folder, what, base, progress }) {
  const profiles = await servers.profile(folder, progress);
  const sides = profiles.map(({ side, file, requests }) => {
    const root = toTree(readProfile(file));
    const page = file.replace(/\.cpuprofile$/, '.html');
    writeFileSync(page, flameGraph(root, { title: `${what}: ${side}`, requests }));
    return { side, root, requests, page };
  });
  const [ours, ...others] = sides;
  const theirs = others.find(({ side }) => side === base);
  return [
    ...sides.map(topFunctions),
    ...(ours && theirs ? [difference(ours, theirs)] : []),
    ['flame graphs for a browser (beside each its .cpuprofile, for the DevTools of Chrome):', ...sides.map(({ page }) => `  ${page}`)].join(
      '\n',
    ),
  ];
}
