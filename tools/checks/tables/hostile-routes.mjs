import { existsSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { importTypeScript } from '../../lib/import-typescript.mjs';

/**
 * The requests that are well-formed and made to break what is behind the listener, with the answers that a test insists on.
 * @param {string} root
 * @returns {Promise<import('../docs.mjs').Table | undefined>}
 */
export async function table(root) {
  const file = join(root, 'packages', 'http', 'test', 'hostile-routes.ts');
  if (!existsSync(file)) return undefined;
  const { hostileToRoutes } = await importTypeScript(file);
  /** @type {[string, { name: string, answer: number, seen?: string }[]][]} */
  const parts = hostileToRoutes;
  return {
    page: 'docs/security.md',
    columns: ['Request', 'Answer', 'A handler sees'],
    rows: parts.flatMap(([part, rows]) =>
      rows.map(({ name, answer, seen }) => [
        `${part}: ${name}`,
        `${answer} ${STATUS_CODES[answer]}`,
        seen === undefined ? 'nothing' : `\`${seen}\``,
      ]),
    ),
  };
}
