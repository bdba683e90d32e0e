import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @typedef {{ name: string, default: string, meaning: string }} Variable */

/**
 * The variables that patron reads, from the table that reads them.
 * @param {string} root
 * @returns {Promise<import('../docs.mjs').Table | undefined>}
 */
export async function table(root) {
  const built = join(root, 'packages', 'core', 'dist', 'environment.js');
  if (!existsSync(built)) return undefined;
  /** @type {{ environmentTable: Record<string, Variable> }} */
  const { environmentTable } = await import(pathToFileURL(built).href);
  return {
    page: 'docs/configuration.md',
    columns: ['Variable', 'Default', 'Meaning'],
    rows: Object.values(environmentTable).map((one) => [`\`${one.name}\``, one.default, one.meaning]),
  };
}
