import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import swc from '@swc/core';
import { type Lookup, walk } from './mappings.ts';
import { type CodePlace, Originals } from './original.ts';

const folder = mkdtempSync(join(tmpdir(), 'patron-maps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const noPause = async (): Promise<void> => undefined;

const SOURCE = `interface Big { a: number }

function firstFunction(value: number): number {
  return value + 1;
}

export const secondFunction = async (value: Big): Promise<number> => {
  const { a } = value;
  return firstFunction(a);
};
`;

function compile(name: string, minify: boolean): { code: string; map: string; file: string } {
  const { code, map = '' } = swc.transformSync(SOURCE, {
    filename: `${name}.ts`,
    sourceMaps: true,
    minify,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript' },
      ...(minify && { minify: { mangle: { toplevel: true, keep_fnames: false }, compress: false, module: true } }),
    },
    module: { type: 'es6' },
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `${code}\n//# sourceMappingURL=${name}.mjs.map\n`);
  writeFileSync(`${file}.map`, map);
  return { code, map, file };
}

async function originalOf(place: CodePlace): Promise<{ file: string; line: number; name?: string }> {
  const originals = new Originals();
  await originals.load([place], noPause);
  return originals.of(place);
}

/** Where V8 says that a function begins: at its parameters. */
function placeOf(file: string, code: string, before: string, name: string): CodePlace {
  const at = code.indexOf(before) + before.length;
  const lines = code.slice(0, at).split('\n');
  return { url: pathToFileURL(file).href, line: lines.length, column: lines.at(-1)?.length, name };
}

describe('a place in compiled code', () => {
  test('is found in the source as it was written', async () => {
    const { file, code } = compile('plain', false);
    const source = join(folder, 'plain.ts');
    expect(await originalOf(placeOf(file, code, 'firstFunction', 'firstFunction'))).toMatchObject({ file: source, line: 3 });
    const line = code.split('\n').findIndex((text) => text.includes('return firstFunction')) + 1;
    expect(await originalOf({ url: file, line, column: undefined })).toEqual({ file: source, line: 9 });
  });

  test('of a minified line has the line and the name that the function had', async () => {
    const { file, code } = compile('small', true);
    const [before = '', name = ''] = /(?:function )(\w+)/.exec(code) ?? [];
    expect([name.length, code.trim().split('\n').length]).toEqual([1, 1]);
    expect(await originalOf(placeOf(file, code, before, name))).toEqual({ file: join(folder, 'small.ts'), line: 3, name: 'firstFunction' });
  });

  test('is where sourceRoot says, and a source that is no file keeps its name', async () => {
    const { file, map, code } = compile('rooted', false);
    const write = (change: object): void => writeFileSync(`${file}.map`, JSON.stringify({ ...(JSON.parse(map) as object), ...change }));
    const place = placeOf(file, code, 'firstFunction', 'firstFunction');
    write({ sourceRoot: '../elsewhere' });
    expect((await originalOf(place)).file).toBe(join(folder, '../elsewhere/rooted.ts'));
    write({ sources: ['webpack://shop/./src/rooted.ts'] });
    expect((await originalOf(place)).file).toMatch(/^webpack:\/\/shop\/(\.\/)?src\/rooted\.ts$/);
  });

  test.each([
    ['no JSON', '{"version":3,'],
    ['null', 'null'],
    ['no mappings', '{"version":3,"sources":["x.ts"]}'],
    ['letters that are none', '{"version":3,"sources":["x.ts"],"mappings":"AAAA;!!!!"}'],
    ['a number without an end', '{"version":3,"sources":["x.ts"],"mappings":"gggggggggggggggggggggggg"}'],
    ['an end in the middle of a number', '{"version":3,"sources":["x.ts"],"mappings":"AAAg"}'],
    ['too many fields', '{"version":3,"sources":["x.ts"],"mappings":"AAAAAAAA"}'],
    ['sources that are not there', '{"version":3,"sources":[],"mappings":"AAAA;AACA;AACA;AACA"}'],
    ['sources that are null', '{"version":3,"sources":[null],"mappings":"AAAA;AACA;AACA;AACA"}'],
    ['sections', '{"version":3,"sections":[]}'],
  ])('stays as it runs where the map has %s', async (name, map) => {
    const file = join(folder, `broken-${name.replaceAll(' ', '-')}.mjs`);
    writeFileSync(file, `let a;\nlet b;\n//# sourceMappingURL=data:application/json,${encodeURIComponent(map)}\n`);
    expect(await originalOf({ url: pathToFileURL(file).href, line: 2, column: 0 })).toEqual({ file, line: 2 });
  });

  test.each(['node:fs', '', 'evalmachine.<anonymous>', 'file:///does/not/exist.mjs', 'file://host/x.mjs', 'file:///a%2Fb.mjs'])(
    'of %j, which is no file with a map, stays',
    async (url) => {
      expect((await originalOf({ url, line: 5, column: 3 })).line).toBe(5);
    },
  );

  test('whose map is a device is not waited for', async () => {
    const file = join(folder, 'device.mjs');
    writeFileSync(file, 'let a;\n//# sourceMappingURL=/dev/zero\n');
    expect(await originalOf({ url: file, line: 1, column: 0 })).toEqual({ file, line: 1 });
  });
});

describe('mappings', () => {
  test('of megabytes let the loop turn', async () => {
    const mappings = `${'AAAA,IACA,KAEA;'.repeat(200_000)}AAAA`;
    const lookup: Lookup = { line: 200_000, column: 5 };
    let pauses = 0;
    await walk(mappings, [lookup], async () => void pauses++);
    expect(lookup.found).toMatchObject({ generatedColumn: 4 });
    expect(pauses).toBeGreaterThan(30);
  });

  test('have nothing for a line without segments', async () => {
    const lookup: Lookup = { line: 2, column: 0 };
    await walk('AAAA;;AACA', [lookup], noPause);
    expect(lookup.found).toBeUndefined();
  });
});
