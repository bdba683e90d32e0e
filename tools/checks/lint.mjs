import { bin } from '../lib/repository.mjs';
import { run } from '../lib/run.mjs';

/**
 * oxlint with the rules that need types. Those need the built packages: without their .d.ts files a promise from another
 * package is an unknown, and nobody notices that it floats.
 * @param {string} root
 */
export async function check(root) {
  const args = ['--type-aware', '--format=unix', '--deny-warnings', '--report-unused-disable-directives', '.'];
  const { code, output } = await run(bin('oxlint'), args, { cwd: root, env: { ...process.env, OXLINT_TSGOLINT_PATH: bin('tsgolint') } });
  if (code === 0) return { problems: [] };
  const problems = output.split('\n').filter((line) => /^\S+?:\d+:\d+: /.test(line));
  return { problems: problems.length > 0 ? problems : [output.trim()] };
}
