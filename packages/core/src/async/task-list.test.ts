import { expect, test } from '@jest/globals';
import { type Listed, TaskList } from './task-list.ts';

class Item implements Listed<Item> {
  before: Item | undefined;
  after: Item | undefined;
  readonly n: number;

  constructor(n: number) {
    this.n = n;
  }
}

test('what is under way stands in the order in which it came, wherever something ends', () => {
  const list = new TaskList<Item>();
  const model: Item[] = [];
  let seed = 1;
  for (let n = 0; n < 5000; n++) {
    seed = (seed * 48_271) % 2_147_483_647;
    if (seed % 2 === 0 || model.length === 0) {
      const item = new Item(n);
      list.add(item);
      model.push(item);
    } else {
      const [item] = model.splice(seed % model.length, 1) as [Item];
      list.delete(item);
      expect([item.before, item.after]).toEqual([undefined, undefined]);
    }
    expect(list.size).toBe(model.length);
    if (n % 100 === 0) expect([...list].map(({ n: one }) => one)).toEqual(model.map(({ n: one }) => one));
  }
});

test('who is looked at may end meanwhile', () => {
  const list = new TaskList<Item>();
  for (let n = 0; n < 5; n++) list.add(new Item(n));
  const seen: number[] = [];
  for (const item of list) {
    seen.push(item.n);
    list.delete(item);
  }
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(list.size).toBe(0);
});
