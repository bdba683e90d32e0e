import { expect, test } from '@jest/globals';
import { correlationId, isCorrelationId, newCorrelationId, withCorrelationId } from './correlation.ts';

test('there is no correlation id where no work is going on', () => {
  expect(correlationId()).toBeUndefined();
});

test('a correlation id holds across awaits and only below the function that bound it', async () => {
  const ids = await Promise.all(
    ['a', 'b', 'c'].map((id) =>
      withCorrelationId(id, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return correlationId();
      }),
    ),
  );
  expect(ids).toEqual(['a', 'b', 'c']);
  expect(correlationId()).toBeUndefined();
});

test.each(['', ' ', 'a b', 'a\nb', 'ä', '<script>', 'x'.repeat(129), 'a,b', 'a"b'])('%j is no correlation id', (id) => {
  expect(isCorrelationId(id)).toBe(false);
  expect(() => withCorrelationId(id, () => undefined)).toThrow(/is not 1 to 128 characters/);
});

test('a correlation id that patron makes is one that patron takes', () => {
  expect(isCorrelationId(newCorrelationId())).toBe(true);
  expect(isCorrelationId('x'.repeat(128))).toBe(true);
  expect(isCorrelationId('A-z0.9_:/+=@')).toBe(true);
});
