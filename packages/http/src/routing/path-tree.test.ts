import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import type { Endpoint } from '../exchange.ts';
import { get, routes } from '../index.ts';
import { formsOf, shapeOf } from '../path-pattern.ts';
import { Router } from '../router.ts';
import type { PathPolicy } from './path-policy.ts';

const STRICT: PathPolicy = { trailingSlash: 'strict', caseSensitive: true };
const POLICIES: PathPolicy[] = [
  STRICT,
  { trailingSlash: 'ignore', caseSensitive: true },
  { trailingSlash: 'strict', caseSensitive: false },
  { trailingSlash: 'ignore', caseSensitive: false },
];

test.each(POLICIES)('of many random routes the one is found that comparing all of them finds: %j', (policy) => {
  const random = generator(20261126);
  let found = 0;
  for (let round = 0; round < 400; round++) {
    const forms = distinct(
      Array.from({ length: 1 + random(14) }, () => pattern(random)),
      policy,
    );
    const router = new Router(policy);
    for (const form of forms) router.add('GET', form, { pattern: form } as Endpoint);
    for (let i = 0; i < 60; i++) {
      const path = asked(random);
      const match = router.find('GET', path);
      const expected = findByComparing(forms, path, policy);
      const actual = match && { form: match.endpoint.pattern, params: { ...match.params }, path: match.path };
      // `expect` takes longer than all the rest: it is asked where there is something to see.
      if (!isDeepStrictEqual(actual, expected)) expect({ forms, path, match: actual }).toEqual({ forms, path, match: expected });
      if (expected !== undefined) found++;
    }
  }
  expect(found).toBeGreaterThan(2000);
});

test('ten thousand routes with wildcards and params are made, and each is found', () => {
  const list = Array.from({ length: 10_000 }, (_, i) => get(`/v${i % 10}/things-${i}/:id/*rest`, () => i));
  const router = new Router(STRICT);
  expect(routes(list).list).toHaveLength(10_000);
  for (const { path } of list) router.add('GET', path, { pattern: path } as Endpoint);
  for (const { path } of list) {
    const match = router.find('GET', path.replace(':id', 'x').replace('*rest', 'a/b'));
    expect([match?.endpoint.pattern, match?.params['rest']]).toEqual([path, 'a/b']);
  }
});

/** The rule in other words: of all that fit, the one whose segments are the most particular, looked at from the left. */
function findByComparing(forms: readonly string[], path: string, { trailingSlash, caseSensitive }: PathPolicy): unknown {
  const ignores = trailingSlash === 'ignore';
  const fits = forms.flatMap((form) => {
    const source = (ignores ? form.replace(/(?<=[^/])\/$/, '') : form).replace(/\*[a-z]+/, '(.+)').replace(/:[a-z]+/g, '([^/]+)');
    const match = new RegExp(`^${source}$`, caseSensitive ? '' : 'i').exec(ignores ? path.replace(/(?<=[^/])\/$/, '') : path);
    if (match === null) return [];
    const names = [...form.matchAll(/[:*]([a-z]+)/g)].map(([, param]) => param as string);
    let i = 1;
    const respelled = ignores || !caseSensitive ? form.replace(/[:*][a-z]+/g, () => match[i++] as string) : path;
    return [{ form, params: Object.fromEntries(names.map((param, n) => [param, match[n + 1]])), path: respelled }];
  });
  const rank = (form: string): string =>
    form
      .split('/')
      .map((s) => (s[0] === '*' ? '2' : s[0] === ':' ? '1' : '0'))
      .join('');
  return fits.toSorted((a, b) => (rank(a.form) < rank(b.form) ? -1 : 1))[0];
}

function pattern(random: (below: number) => number): string {
  const segments = Array.from({ length: random(5) }, () => ['a', 'b', 'B', 'ab', ':x'][random(5)] as string);
  const ending = random(6);
  if (ending === 0) segments.push('*x');
  if (ending === 1 || segments.length === 0) segments.push('');
  return name(`/${segments.join('/')}`);
}

function asked(random: (below: number) => number): string {
  return `/${Array.from({ length: random(6) }, () => ['a', 'b', 'A', 'B', 'ab', 'c', '', 'aB'][random(8)]).join('/')}${random(4) === 0 ? '/' : ''}`;
}

/** The params of a path with a name each. */
function name(path: string): string {
  let i = 0;
  return path.replace(/(?<=[:*])x/g, () => 'abcdefghijklmnopqrstuvwxyz'[i++] as string);
}

function distinct(patterns: readonly string[], policy: PathPolicy): string[] {
  const byShape = new Map(patterns.flatMap(formsOf).map((form) => [shapeOf(form, policy), form]));
  return [...byShape.values()];
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
