import { spawnSync } from 'node:child_process';

/** What a program that ran to its end has written. */
export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The address of a built entry of this package, as a program imports it. */
export function built(entry = 'index'): string {
  return new URL(`../dist/${entry}.js`, import.meta.url).href;
}

/** Runs `source` as an ES module in a process of its own. */
export function runProgram(source: string, env: Record<string, string> = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    env: { ...neutral(process.env), ...env },
  });
  return { code: status, stdout, stderr };
}

/** The JSON lines of an output. */
export function jsonLines(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Without what the test runner and the developer's shell have set: pnpm's NODE_PATH makes every package resolvable. */
function neutral(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NO_COLOR: _color, FORCE_COLOR: _force, NODE_OPTIONS: _options, NODE_PATH: _path, ...rest } = env;
  return rest;
}
