import { expect, test } from '@jest/globals';
import { checkTree } from '../lib/fixture.mjs';
import { check } from './examples.mjs';

const log = {
  'packages/log/package.json': {
    name: '@patron/log',
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  },
  'packages/log/dist/index.d.ts': 'export declare const one: number;\n',
  'packages/log/dist/index.js': 'export const one = 1;\n',
};
const block = (code: string, info = '') => `\`\`\`ts${info}\n${code}\n\`\`\`\n`;
const docstring = (code: string) =>
  `export {};\n/**\n * Says one.\n *\n * @example\n${block(code).replace(/^(?=.)/gm, ' * ')} *\n * @see nothing\n */\nexport const one = 1;\n`;

test('examples of pages and docstrings are compiled and run; no-run ones are compiled and counted', async () => {
  const result = await checkTree(check, {
    ...log,
    'README.md': `# A\n\n${block("import { one } from '@patron/log';\nif (one !== 1) throw new Error();")}\n${block('process.exit(1);', ' no-run')}`,
    'docs/deep/a.md': `- in a list\n\n  ${block('const port = process.env.PATRON_HTTP_DEFAULT_PORT;\n  if (port !== "0") throw new Error(port);').replaceAll('\n```', '\n  ```')}`,
    'packages/log/src/index.ts': docstring("import { one } from '@patron/log';\nconsole.log(one);"),
  });
  expect(result).toEqual({ problems: [], notes: ['4 examples compiled, 3 run, 1 marked no-run'] });
});

test('each that does not compile or does not end with 0 is named with file, line and output', async () => {
  const { problems } = await checkTree(check, {
    ...log,
    'README.md': `# A\n\n${block("import { two } from '@patron/log';\nconsole.log(two);")}`,
    'docs/a.md': block('console.log("before");\nthrow new Error("on purpose");'),
    'docs/b.md': block('const a: string = 1;', ' no-run'),
    'packages/log/src/index.ts': docstring('console.log(1);\nprocess.exit(7);'),
  });
  expect(problems.sort()).toEqual([
    expect.stringMatching(/^README\.md:4 error TS2305: .*no exported member 'two'/),
    expect.stringMatching(/^docs\/a\.md:1 ended with exit code 1:\n[^]*on purpose/),
    expect.stringMatching(/^docs\/b\.md:2 error TS2322/),
    expect.stringMatching(/^packages\/log\/src\/index\.ts:6 ended with exit code 7:\n +1/),
  ]);
});

test('a service is told to stop once it has started, and has to end with 0', async () => {
  const serve = (end: string) =>
    `const timer = setInterval(() => {}, 1000);\nprocess.on('SIGTERM', () => { clearInterval(timer); ${end} });\nconsole.log('started');`;
  const { problems, notes } = await checkTree(check, {
    'docs/a.md': block(serve(''), ' service'),
    'docs/b.md': block(serve('process.exit(3);'), ' service'),
  });
  expect(problems).toEqual([expect.stringContaining('docs/b.md:1 ended with exit code 3')]);
  expect(notes).toEqual(['2 examples compiled, 2 run, 0 marked no-run']);
});

test('an example that nothing could try is refused', async () => {
  const { problems } = await checkTree(check, {
    ...log,
    'README.md': '```js\nfoo();\n```\n\n```ts never\nfoo();\n```\n\n```sh\nnpm test\n```\n',
    'packages/log/src/index.ts': '/**\n * @example one()\n */\nexport const one = 1;\n',
  });
  expect(problems).toEqual([
    'README.md:1 is a block of js: write ```ts, so that it is tried',
    'README.md:5 says ```ts never: only "no-run" and "service" may stand there',
    'packages/log/src/index.ts:2 has an @example without a ```ts block: nothing can try it',
  ]);
});

test('an example that does not end is killed', async () => {
  const { problems } = await checkTree((root) => check(root, { limitMs: 1000 }), { 'docs/a.md': block('setInterval(() => {}, 1000);') });
  expect(problems).toEqual(['docs/a.md:1 was still running after 1 s, without output']);
});
