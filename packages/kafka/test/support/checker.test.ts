import { mkdtempSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { check, longestStandstill } from './checker.ts';
import { Ledgers } from './ledger.ts';

let clock = 0;
const record = (key: string | null, sequence: number, offset = sequence) => ({ topic: 't', partition: 0, offset, key, sequence });
const handled = (...args: Parameters<typeof record>) => ({ ...record(...args), ended: ++clock });

test('what was handled once and in order is found in order', () => {
  const sent = [record('a', 0), record('a', 1), record('b', 0, 2)];
  const verdict = check(sent, [handled('a', 0), handled('b', 0, 2), handled('a', 1)]);
  expect(verdict).toEqual({ acknowledged: 3, handled: 3, lost: 0, duplicated: 0, reordered: 0, storedTwice: 0, examples: [] });
});

test('a record that was acknowledged and never handled is lost, and named', () => {
  const verdict = check([record('a', 0), record('a', 1)], [handled('a', 0)]);
  expect(verdict).toMatchObject({ lost: 1, duplicated: 0, examples: ['lost: t/0/1, a number 1'] });
});

test('a record that was handled three times is duplicated twice, and that is no change of order', () => {
  const verdict = check([record('a', 0), record('a', 1)], [handled('a', 0), handled('a', 1), handled('a', 0), handled('a', 0)]);
  expect(verdict).toMatchObject({ lost: 0, duplicated: 2, reordered: 0 });
});

test('a record that was first handled after a later one of its key is reordered, whichever process it was', () => {
  const late = handled('a', 1);
  const early = handled('a', 0);
  expect(check([], [early, late])).toMatchObject({ reordered: 1 });
});

test('records of several keys, and those without one, have no order among each other', () => {
  expect(check([], [handled('a', 5), handled('b', 1, 9), handled(null, 3, 10), handled(null, 2, 11)])).toMatchObject({ reordered: 0 });
});

test('a record that is in the topic twice is told from one that was handled twice', () => {
  const stored = [handled('a', 0, 0), handled('a', 1, 1), handled('a', 0, 2)];
  expect(check([record('a', 0)], stored)).toMatchObject({ storedTwice: 1, duplicated: 0, reordered: 0 });
});

test('the longest standstill is that of one partition, not of all', () => {
  const at = (partition: number, ms: number) => ({ ...record('a', 0), partition, ended: ms * 1000 });
  expect(longestStandstill([at(0, 0), at(1, 10), at(1, 20), at(0, 30), at(1, 40)])).toBe(30);
});

test('ledgers are read on from where the last look ended, without a line that was cut short', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patron-ledger-'));
  try {
    const file = join(folder, 'consumer-1');
    writeFileSync(file, '["t",0,1,"a",1,10,20,1]\n["t",0,2,"a"');
    writeFileSync(join(folder, 'producer-1'), '["t",0,9,"a",9,10,20,1]\n');
    const ledgers = new Ledgers(folder, 'consumer-');
    expect(ledgers.look()).toEqual([{ topic: 't', partition: 0, offset: 1, key: 'a', sequence: 1, begun: 10, ended: 20, running: 1 }]);
    appendFileSync(file, ',2,30,40,2]\n');
    expect(ledgers.look()).toMatchObject([{ offset: 2, running: 2 }]);
    expect(ledgers.look()).toEqual([]);
    expect(ledgers.entries).toHaveLength(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
