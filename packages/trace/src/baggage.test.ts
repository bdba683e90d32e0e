import { expect, test } from '@jest/globals';
import { formatBaggage, parseBaggage } from './baggage.ts';

test('baggage is read, decoded, and written back with its properties', () => {
  const baggage = parseBaggage('userId=alice, serverNode=DF%2028;prop=1;flag , isProduction=false');
  expect(baggage?.getEntry('userId')?.value).toBe('alice');
  expect(baggage?.getEntry('serverNode')?.value).toBe('DF 28');
  expect(formatBaggage(baggage as NonNullable<typeof baggage>)).toBe('userId=alice,serverNode=DF%2028;prop=1;flag,isProduction=false');
});

test('a malformed member of baggage is left out and the others go on', () => {
  const baggage = parseBaggage('good=1,=nokey,bad key=2,lone=%,quote="x",also=2');
  expect(baggage?.getAllEntries().map(([key]) => key)).toEqual(['good', 'also']);
});

test('baggage named __proto__ is an entry like any other and reaches no prototype', () => {
  const baggage = parseBaggage('__proto__=polluted');
  expect(baggage?.getEntry('__proto__')?.value).toBe('polluted');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

test.each(['%', ',', '=', ';;;', 'a=%E0%A4%A', '\u0000=\u0001', 'x'.repeat(100_000)])(
  'hostile baggage %# is ignored without an error',
  (header) => {
    expect(parseBaggage(header)).toBeUndefined();
  },
);

test('no more than 180 members and 8,192 bytes of baggage are read or written', () => {
  const many = Array.from({ length: 300 }, (_, i) => `k${i}=v`).join(',');
  expect(parseBaggage(many)?.getAllEntries()).toHaveLength(180);
  const big = Array.from({ length: 100 }, (_, i) => `k${i}=${'v'.repeat(200)}`).join(',');
  const read = parseBaggage(big);
  expect(read?.getAllEntries().length).toBeLessThan(45);
  const grown = Array.from({ length: 100 }, (_, i) => i).reduce(
    (bag, i) => bag.setEntry(`g${i}`, { value: 'v'.repeat(200) }),
    read as NonNullable<typeof read>,
  );
  expect(formatBaggage(grown).length).toBeLessThanOrEqual(8192);
});
