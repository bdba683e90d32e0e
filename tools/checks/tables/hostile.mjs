import { existsSync } from 'node:fs';
import { STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { importTypeScript } from '../../lib/import-typescript.mjs';

/**
 * The hostile requests that a test sends to a service, with the answers it insists on.
 * @param {string} root
 * @returns {Promise<import('../docs.mjs').Table | undefined>}
 */
export async function table(root) {
  const file = join(root, 'packages', 'core', 'test', 'hostile-requests.ts');
  if (!existsSync(file)) return undefined;
  const { hostileRequests } = await importTypeScript(file);
  /** @type {[string, { name: string, rule: string, answer: number | 'closed', seen?: string[] }[]][]} */
  const parts = hostileRequests;
  return {
    page: 'docs/security.md',
    columns: ['Request', 'Rule', 'Answer', 'A handler sees'],
    rows: parts.flatMap(([part, rows]) =>
      rows.map(({ name, rule, answer, seen = [] }) => [
        `${part}: ${name}`,
        rule,
        answer === 'closed' ? 'none, the connection is closed' : `${answer} ${STATUS_CODES[answer]}`,
        seen.length === 0 ? 'nothing' : seen.map((one) => `\`${one.length > 60 ? `${one.slice(0, 57)}…` : one}\``).join(', '),
      ]),
    ),
  };
}
