import { expect, test } from '@jest/globals';
import { log, setup } from './index.ts';
import { memoryLog } from './testing.ts';

test('lines are kept with level, message, time and all fields, and found by any of them', () => {
  const memory = memoryLog();
  setup(memory, { srv: 'orders' });
  log.sub({ module: 'stock' }).warn('stock is low', { item: { name: 'tea' }, left: 2 });
  log.info('stock is fine');
  const [line] = memory.lines;
  expect(line).toEqual({
    level: 'warn',
    message: 'stock is low',
    time: expect.any(Date),
    fields: { srv: 'orders', module: 'stock', item: { name: 'tea' }, left: 2 },
  });
  expect(memory.find({ level: 'warn' })).toBe(line);
  expect(memory.find({ message: /low/g })).toBe(line);
  expect(memory.find({ message: 'stock is low', fields: { item: { name: 'tea' }, srv: 'orders' } })).toBe(line);
  expect(memory.find({ fields: { item: { name: 'coffee' } } })).toBeUndefined();
  expect(memory.findAll({ message: /stock/ })).toHaveLength(2);
});

test('clear forgets the lines', () => {
  const memory = memoryLog();
  setup(memory);
  log.info('x');
  memory.clear();
  expect(memory.lines).toEqual([]);
  log.info('y');
  expect(memory.lines).toHaveLength(1);
});
