import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tree } from '../lib/fixture.mjs';
import { repository } from '../lib/repository.mjs';
import { abi, lockedVersion, missedFeatures, type Places, placesIn, putInPlace } from './native.mjs';
import { checkToolchain } from './toolchain.mjs';

const program = 'node-librdkafka.node';
const installed = realpathSync(join(repository, 'packages', 'testing', 'node_modules', 'node-rdkafka'));

/** What node-rdkafka can do, asked in a process of its own as it is loaded once for each. */
const featuresOf = (folder: string): string[] =>
  JSON.parse(
    execFileSync(process.execPath, ['-p', `JSON.stringify(require(${JSON.stringify(folder)}).features)`], { encoding: 'utf8' }),
  ) as string[];

test('node-rdkafka loads in this Node, with TLS and zstd where everything is required', () => {
  const wanted = process.env['PATRON_REQUIRE_ALL'] === '1' ? ['gzip', 'ssl', 'sasl_scram', 'zstd'] : ['snappy', 'lz4'];
  expect(featuresOf(installed)).toEqual(expect.arrayContaining(wanted));
});

describe('the build for a Node', () => {
  let root: string;
  let remove: () => void;
  let places: Places;
  let folder: string;
  beforeEach(() => {
    ({ root, remove } = tree({}));
    folder = join(root, 'node_modules', 'node-rdkafka');
    places = placesIn(folder, join(root, 'kept'));
    // The package as pnpm has unpacked it, before anything was compiled.
    for (const name of ['package.json', 'librdkafka.js', 'util', 'lib'])
      cpSync(join(installed, name), join(folder, name), { recursive: true });
    symlinkSync(realpathSync(join(installed, '..', 'bindings')), join(root, 'node_modules', 'bindings'));
    rmSync(places.inPlace, { recursive: true, force: true });
  });
  afterEach(() => remove());

  /** As node-gyp leaves it. */
  const compile = (content?: string) => {
    const from = placesIn(installed, '').inPlace;
    cpSync(join(from, 'deps'), join(places.built, 'deps'), { recursive: true });
    mkdirSync(join(places.built, 'Release'), { recursive: true });
    if (content === undefined) cpSync(join(from, abi, program), join(places.built, 'Release', program));
    else writeFileSync(join(places.built, 'Release', program), content);
  };

  test('is missing before the first', async () => {
    expect(await putInPlace(places)).toBe(false);
  });

  test('is found by the package, beside those of other Nodes', async () => {
    compile();
    const other = join(places.inPlace, 'node-v1-linux-x64', program);
    mkdirSync(dirname(other), { recursive: true });
    writeFileSync(other, 'for another Node');
    expect(await putInPlace(places)).toBe(true);
    expect(featuresOf(folder)).toContain('gzip');
    expect(readFileSync(other, 'utf8')).toBe('for another Node');
  });

  test('comes back from what was kept when node_modules is made anew, without a compiler', async () => {
    compile();
    await putInPlace(places);
    for (const place of [places.built, places.inPlace]) rmSync(place, { recursive: true });
    expect(await putInPlace(places)).toBe(true);
    expect(featuresOf(folder)).toContain('gzip');
  });

  test('is not written a second time', async () => {
    compile();
    await putInPlace(places);
    const written = statSync(join(places.inPlace, abi, program)).ino;
    expect(await putInPlace(places)).toBe(true);
    expect(statSync(join(places.inPlace, abi, program)).ino).toBe(written);
  });

  test('is not one that does not load, which would hide the right one', async () => {
    compile('compiled for another Node');
    expect(await putInPlace(places)).toBe(false);
    expect(existsSync(join(places.built, 'Release', program))).toBe(false);
    expect(existsSync(places.kept) ? readdirSync(places.kept) : []).toEqual([]);
  });

  test('misses what it was compiled without, once the headers are here', async () => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'node-rdkafka', main: 'old.js' }));
    writeFileSync(join(folder, 'old.js'), `exports.features = ['lz4', 'ssl', 'sasl_scram', 'zstd'];`);
    // One header is enough for the preprocessor to find, whether or not this machine has it.
    const include = join(root, 'include');
    mkdirSync(include);
    writeFileSync(join(include, 'zlib.h'), '');
    const compiler = process.env['CXX'] ?? 'c++';
    expect(await missedFeatures(folder, { ...process.env, CXX: `${compiler} -nostdinc -I${include}` })).toEqual(['gzip']);
    expect(await missedFeatures(folder, { ...process.env, CXX: `${compiler} -nostdinc` })).toEqual([]);
  });

  test('that was compiled anew replaces the one before', async () => {
    compile();
    await putInPlace(places);
    for (const place of [places.kept, places.inPlace]) writeFileSync(join(place, abi, program), 'the one before');
    compile();
    await putInPlace(places);
    expect(featuresOf(folder)).toContain('gzip');
  });
});

test('the version is the one that is locked', () => {
  expect(lockedVersion('packages:\n\n  node-rdkafka@3.6.1:\n    resolution: {integrity: sha512-x}\n')).toBe('3.6.1');
  expect(lockedVersion('packages:\n\n  other-node-rdkafka@3.6.1:\n    resolution: {integrity: sha512-x}\n')).toBeUndefined();
});

describe('before it compiles, the set-up', () => {
  test('names every tool that is missing, and how to get them', async () => {
    const { root, remove } = tree({});
    await expect(checkToolchain('node-rdkafka', { PATH: root })).rejects.toThrow(
      /^node-rdkafka is compiled on this machine, and a C\+\+ compiler \(g\+\+\), make and Python 3 are missing for that\. .*apt-get install g\+\+ make python3/,
    );
    remove();
  });

  test('takes the compiler that the environment names', async () => {
    await expect(checkToolchain('node-rdkafka', { ...process.env, CXX: 'no-such-compiler' })).rejects.toThrow(
      /and a C\+\+ compiler \(g\+\+\) is missing/,
    );
  });

  test('says which features the build will lack, and which packages bring them', async () => {
    const compiler = process.env['CXX'] ?? 'c++';
    expect(await checkToolchain('node-rdkafka', { ...process.env, CXX: `${compiler} -nostdinc` })).toMatch(
      /^node-rdkafka will lack TLS and SASL SCRAM \(no openssl\/ssl\.h here\), zstd compression .*apt-get install libssl-dev libzstd-dev zlib1g-dev\) and runs `npm run setup`\.$/,
    );
  });
});
