import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { lastLines } from '../lib/run.mjs';

// A service has started when its log has been silent for this long.
const quietMs = 500;

/**
 * @param {string} folder
 * @param {import('./examples-blocks.mjs').Block} block
 * @param {number} limitMs
 * @returns {Promise<string | undefined>} what went wrong
 */
export function runBlock(folder, block, limitMs) {
  return new Promise((resolve) => {
    const env = { ...process.env, PATRON_HTTP_DEFAULT_PORT: '0' };
    const child = spawn(process.execPath, [join('out', `${block.id}.js`)], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let isLate = false;
    /** @type {NodeJS.Timeout | undefined} */
    let quiet;
    const limit = setTimeout(() => ((isLate = true), child.kill('SIGKILL')), limitMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (block.mode !== 'service') return;
        clearTimeout(quiet);
        quiet = setTimeout(() => child.kill('SIGTERM'), quietMs);
      });
    }
    child.on('close', (code, signal) => {
      clearTimeout(limit);
      clearTimeout(quiet);
      if (code === 0) return resolve(undefined);
      const how = isLate ? `was still running after ${limitMs / 1000} s` : `ended with ${signal ?? `exit code ${code}`}`;
      const said = lastLines(output);
      resolve(said ? `${how}:\n${said.replace(/^/gm, '    ')}` : `${how}, without output`);
    });
  });
}
