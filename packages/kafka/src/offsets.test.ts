import { expect, test } from '@jest/globals';
import { OffsetTracker } from './offsets.ts';

test('nothing is to commit before the first record is settled', () => {
  const tracker = new OffsetTracker();
  tracker.add(7);
  tracker.settle(tracker.add(8));
  expect(tracker.next).toBe(-1);
});

test('offsets that jump, as compaction and transactions leave them, hold up nothing', () => {
  const tracker = new OffsetTracker();
  const tickets = [3, 10, 11, 500].map((offset) => tracker.add(offset));
  for (const ticket of tickets.reverse()) tracker.settle(ticket);
  expect([tracker.next, tracker.span]).toEqual([501, 0]);
});

test('a record that is settled twice counts once', () => {
  const tracker = new OffsetTracker();
  const [first, second] = [tracker.add(0), tracker.add(1)] as const;
  tracker.settle(second);
  tracker.settle(second);
  expect(tracker.next).toBe(-1);
  tracker.settle(first);
  tracker.settle(first);
  expect(tracker.next).toBe(2);
});

test('one slow record costs no memory once it is done, and each record the same time, however many wait', () => {
  const settleAll = (count: number): number => {
    const tracker = new OffsetTracker();
    const tickets = Array.from({ length: count }, (_, offset) => tracker.add(offset));
    const start = performance.now();
    for (let i = count - 1; i >= 0; i--) tracker.settle(tickets[i] as number);
    expect([tracker.next, tracker.span]).toEqual([count, 0]);
    return (performance.now() - start) / count;
  };
  settleAll(10_000);
  const few = Math.min(...[1, 2, 3, 4, 5].map(() => settleAll(10_000)));
  const many = Math.min(...[1, 2, 3].map(() => settleAll(1_000_000)));
  expect(many).toBeLessThan(few * 10); // quadratic would be a hundred times
});
