import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import swc from '@swc/core';

/** What the service `profiled` does. The lines are what a profile has to name: those of the compiler's output are others. */
const SOURCE = `interface Sum {
  value: number;
}

type Kept = { text: string }[];

export function burnCpu(): Sum {
  const sum: Sum = { value: 0 };
  for (let i = 0; i < 200_000; i++) {
    sum.value = (sum.value * 31 + i) % 1_000_003; // line 10
  }
  return sum;
}

export function keepMemory(): Kept {
  return Array.from({ length: 500 }, (_, i) => ({ text: 'kept ' + i }));
}

export function wasteMemory(): number {
  let length = 0;
  for (let i = 0; i < 200; i++) length += new Array<number>(1000).fill(i).length;
  return length;
}

export function blockTheLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) burnCpu();
}
`;

/** Where {@link SOURCE} stands and what was made of it, with a source map beside it. */
export function compileWork(map: 'beside' | 'inline' | 'broken' = 'beside'): { url: string; source: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'patron-profiled-'));
  const source = join(folder, 'work.ts');
  const { code, map: json = '' } = swc.transformSync(SOURCE, {
    filename: 'work.ts',
    sourceMaps: true,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  writeFileSync(source, SOURCE);
  const url = map === 'inline' ? `data:application/json;base64,${Buffer.from(json).toString('base64')}` : 'work.mjs.map';
  writeFileSync(join(folder, 'work.mjs.map'), map === 'broken' ? '{"version":3,' : json);
  writeFileSync(join(folder, 'work.mjs'), `${code}//# sourceMappingURL=${url}\n`);
  return { url: pathToFileURL(join(folder, 'work.mjs')).href, source, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
