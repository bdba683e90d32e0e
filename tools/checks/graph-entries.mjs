import { dirname, join, resolve } from 'node:path';
import { packageOf } from '../lib/imports.mjs';
import { short } from '../lib/repository.mjs';

/**
 * What only some entries of a package may load (`undici` in `@patron/http/client`, optional peers in their own entry):
 * follows the imports of each entry and reports where a forbidden one is reached. `await import('./otlp.ts')` is not
 * followed: that's how the main entry reaches an optional part when it's asked for.
 * @param {string} root
 * @param {import('../lib/repository.mjs').Package} one
 * @param {import('./graph-rules.mjs').PackageRule} rule
 * @param {import('./graph.mjs').FileImport[]} imports of the files that users get
 * @returns {string[]}
 */
export function entryProblems(root, one, rule, imports) {
  /** @type {string[]} */
  const problems = [];
  for (const entry of Object.keys(one.manifest.exports ?? {})) {
    const reached = reachable(entrySource(one, entry), imports);
    for (const { file, line, specifier } of imports) {
      if (!specifier || specifier.startsWith('.') || !reached.has(file)) continue;
      const only = rule.thirdParty[packageOf(specifier)]?.entries;
      if (only && !only.includes(entry)) {
        problems.push(
          `${short(root, file)}:${line} brings ${packageOf(specifier)} into the entry "${entry}": it belongs to ${only.join(', ')} only`,
        );
      }
    }
  }
  return problems;
}

/**
 * `"./pino": { "default": "./dist/pino.js" }` is built from src/pino.ts.
 * @param {import('../lib/repository.mjs').Package} one
 * @param {string} entry
 */
function entrySource(one, entry) {
  const target = one.manifest.exports?.[entry];
  const built = typeof target === 'string' ? target : (target?.['default'] ?? '');
  return join(one.path, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'));
}

/**
 * @param {string} start
 * @param {import('./graph.mjs').FileImport[]} imports
 */
function reachable(start, imports) {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const found of imports) {
      // A set may grow while it is walked: what is added here is visited later.
      if (found.file === file && !found.lazy && found.specifier?.startsWith('.')) reached.add(resolve(dirname(file), found.specifier));
    }
  }
  return reached;
}
