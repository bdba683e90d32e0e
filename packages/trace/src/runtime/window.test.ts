import { expect, test } from '@jest/globals';
import { Window } from './window.ts';

/** A window over what was added since it began, on a clock of its own. */
function sums(): { window: Window<number>; add(by: number): void; pass(seconds: number): void } {
  let now = 0;
  let sum = 0;
  const read = (ends: boolean): number => {
    const shown = sum;
    if (ends) sum = 0;
    return shown;
  };
  return {
    window: new Window(read, () => now),
    add: (by) => void (sum += by),
    pass: (seconds) => void (now += seconds * 1000),
  };
}

test('the first window is shown as it fills', () => {
  const { window, add, pass } = sums();
  expect(window.figures).toBe(0);
  add(1);
  pass(5);
  expect(window.figures).toBe(1);
  add(1);
  expect(window.figures).toBe(2);
});

test('what one window had is no more in the next', () => {
  const { window, add, pass } = sums();
  add(7);
  pass(15);
  expect(window.figures).toBe(7);
  pass(15);
  expect(window.figures).toBe(0);
});

test('two scrapers, each every 15 s, both see every moment, and so does who comes between', () => {
  const { window, add, pass } = sums();
  const seen: Record<'first' | 'second' | 'curl', number> = { first: 0, second: 0, curl: 0 };
  for (let round = 0; round < 20; round++) {
    add(1);
    pass(7);
    seen.second += window.figures;
    add(1);
    pass(1);
    seen.curl += window.figures;
    pass(7);
    seen.first += window.figures;
  }
  // The windows are one scrape late for the second; what it has not seen yet is what is in the running one.
  for (const scraper of ['first', 'second', 'curl'] as const) expect(seen[scraper]).toBeGreaterThanOrEqual(37);
});
