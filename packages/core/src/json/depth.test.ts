import { expect, test } from '@jest/globals';
import { deeperThan } from './depth.ts';

test('brackets in strings are no levels, whatever is escaped before their quotes', () => {
  const deeper = (text: string, limit: number): boolean => deeperThan(Buffer.from(text), text, limit);
  const inner = JSON.stringify(['['.repeat(500), '"[', '\\', '\\"'.repeat(50), 'é€😀{'.repeat(500)]);
  expect(deeper(`[${inner},${inner}]`, 2)).toBe(false);
  expect(deeper(`[${inner},[${inner}]]`, 2)).toBe(true);
  expect(deeper(`"${'['.repeat(500)}`, 2)).toBe(false);
  expect(deeper(`[1,${'[],'.repeat(500)}[]]`, 2)).toBe(false);
  expect(deeper('[{}]', 1)).toBe(true);
});
