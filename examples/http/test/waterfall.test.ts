import { describe, expect, test } from '@jest/globals';
import type { Span } from '../src/demo/span.ts';
import { columns } from '../src/demo/text.ts';
import { waterfall, type WaterfallOptions } from '../src/demo/waterfall.ts';

const T0 = 1_700_000_000_000;

/** A span of the shop that takes 10 ms, unless said otherwise. */
function span(given: Partial<Span> & { id: string; from?: number; parent?: string }): Span {
  const { from = 0, parent, service = 'shop', ...rest } = given;
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    parentId: parent,
    service,
    process: service,
    name: `step ${given.id}`,
    kind: 'internal',
    startMs: T0 + from,
    durationMs: 10,
    failed: false,
    errors: [],
    ...rest,
  };
}

const order: Span[] = [
  span({ id: 'a', name: 'POST /orders', kind: 'server', durationMs: 40 }),
  span({ id: 'b', parent: 'a', name: 'price', from: 2, durationMs: 8 }),
  span({ id: 'c', parent: 'a', name: 'POST', kind: 'client', from: 10, durationMs: 30 }),
  span({ id: 'd', parent: 'c', service: 'warehouse', name: 'POST /reservations', kind: 'server', from: 15, durationMs: 20 }),
  span({ id: 'e', parent: 'd', service: 'warehouse', name: 'pick', from: 20, durationMs: 10 }),
];

/** The columns between which the bar of that row stands, 0 to 1. */
function barOf(lines: readonly string[], name: string): [number, number] {
  const line = lines.find((one) => one.includes(name)) ?? '';
  const all = lines.filter((one) => one.includes('█'));
  const left = Math.min(...all.map((one) => one.indexOf('█')));
  const right = Math.max(...all.map((one) => one.lastIndexOf('█'))) + 1;
  const at = (column: number): number => (column - left) / (right - left);
  return [at(line.indexOf('█')), at(line.lastIndexOf('█') + 1)];
}

test('one line per span: who, what, when, how long', () => {
  expect(waterfall(order, { width: 80 })).toEqual([
    'trace 4bf92f3577b34da6a3ce929d0e0e4736  5 spans of 2 services  40.0 ms',
    'shop       server    POST /orders            ████████████████████████  40.0 ms',
    'shop       internal    price                  █████                    8.00 ms',
    'shop       client      POST                        ██████████████████  30.0 ms',
    'warehouse  server        POST /reservations           ████████████     20.0 ms',
    'warehouse  internal        pick                          ██████        10.0 ms',
  ]);
});

test('the order in which spans arrive does not matter: each stands below its parent, siblings by their start', () => {
  expect(waterfall([...order].reverse())).toEqual(waterfall(order));
  const shuffled = [4, 1, 3, 0, 2].map((i) => order[i] as Span);
  expect(waterfall(shuffled)).toEqual(waterfall(order));
});

test('a batch that was sent twice is drawn once', () => {
  expect(waterfall([...order, ...order])).toEqual(waterfall(order));
});

test('no spans are no drawing, and no error', () => {
  expect(waterfall([])).toEqual(['no spans']);
});

describe('a line is never wider than it may be', () => {
  const wide: WaterfallOptions['width'][] = [48, 60, 80, 200];
  test.each(wide)('with %i columns', (width = 80) => {
    const nasty = span({
      id: 'f',
      parent: 'e',
      service: 'a-service-with-a-name-that-goes-on',
      name: `a name ${'that goes on and on '.repeat(30)}`,
      failed: true,
      errors: [`Error: ${'very long '.repeat(100)}`],
      from: 21,
      durationMs: 123_456_789,
    });
    const chinese = span({ id: 'g', parent: 'a', name: '處理訂單'.repeat(20), service: '倉庫', process: 'x' });
    for (const line of waterfall([...order, nasty, chinese], { width })) expect(columns(line)).toBeLessThanOrEqual(width);
  });

  test('bars grow with the terminal', () => {
    const bar = (width: number): number => (waterfall(order, { width })[1] ?? '').split('█').length;
    expect(bar(200)).toBeGreaterThan(bar(80) + 100);
  });
});

describe('what failed', () => {
  const failing = order.map((one) =>
    one.id === 'e' ? { ...one, failed: true, errors: ['Error: the shelf is stuck'] } : { ...one, failed: one.id === 'd' || one.id === 'a' },
  );

  test('is marked, and the error told once, with the span that recorded it', () => {
    const lines = waterfall(failing);
    expect(lines.filter((line) => line.endsWith(' ✗')).map((line) => line.slice(21, 44).trim())).toEqual([
      'POST /orders',
      'POST /reservations',
      'pick',
    ]);
    expect(lines.filter((line) => line.includes('stuck'))).toEqual(['✗ warehouse, pick: Error: the shelf is stuck']);
  });

  test('of a hundred errors five are told, and how many there are', () => {
    const lines = waterfall([span({ id: 'a', failed: true, errors: Array.from({ length: 100 }, (_, i) => `Error: ${i}`) })]);
    expect(lines.slice(2)).toEqual([...[0, 1, 2, 3, 4].map((i) => `✗ shop, step a: Error: ${i}`), '✗ … and 95 more errors']);
  });

  test('is painted as such', () => {
    const lines = waterfall(failing, { paint: (piece, as) => `<${as}>${piece}</>` });
    expect(lines.find((line) => line.includes('pick'))).toMatch(/<failed>█+<\/>.*<failed>✗<\/>$/);
    expect(lines.find((line) => line.includes('price'))).toMatch(/<bar>█+<\/>/);
    expect(lines.at(-1)).toMatch(/^<note>.*<\/>$/);
  });
});

describe('clocks that differ', () => {
  const behind = (byMs: number): Span[] =>
    order.map((one) => (one.service === 'warehouse' ? { ...one, startMs: one.startMs - byMs } : one));

  test.each([
    ['an hour behind', 3_600_000],
    ['an hour ahead', -3_600_000],
    ['30 ms behind', 30],
  ])('the answer of a process whose clock is %s stands within the call', (_, byMs) => {
    const lines = waterfall(behind(byMs));
    const [callFrom, callTo] = barOf(lines, 'client ');
    for (const name of ['POST /reservations', 'pick']) {
      const [from, to] = barOf(lines, name);
      expect(from).toBeGreaterThanOrEqual(callFrom);
      expect(to).toBeLessThanOrEqual(callTo);
    }
    expect(lines[0]).toMatch(/40\.0 ms$/);
  });

  test('are told, with how much it was', () => {
    expect(waterfall(behind(3_600_000)).at(-1)).toBe('the clock of warehouse is 3600.0 s behind: its spans were moved');
    expect(waterfall(behind(-3_600_000)).at(-1)).toBe('the clock of warehouse is 3600.0 s ahead: its spans were moved');
  });

  test('all spans of a process are moved by the same amount: their own distances are true', () => {
    const [serverFrom] = barOf(waterfall(behind(3_600_000), { width: 200 }), 'POST /reservations');
    const [pickFrom] = barOf(waterfall(behind(3_600_000), { width: 200 }), 'pick');
    expect((pickFrom - serverFrom) * 40).toBeCloseTo(5, 0);
  });

  test('a call that comes back to the first process is on its clock again', () => {
    const back = [
      ...behind(3_600_000),
      span({ id: 'f', parent: 'e', service: 'warehouse', kind: 'client', from: 21 - 3_600_000, durationMs: 8, name: 'call back' }),
      span({ id: 'g', parent: 'f', kind: 'server', from: 23, durationMs: 4, name: 'called back' }),
    ];
    const lines = waterfall(back, { width: 200 });
    expect(lines[0]).toMatch(/40\.0 ms$/);
    expect(barOf(lines, 'called back')[0] * 40).toBeCloseTo(23, 0);
    expect(lines.filter((line) => line.startsWith('the clock of')).length).toBe(1);
  });

  test('a consumer that works long after its producer has ended is left where it is', () => {
    const lines = waterfall([
      span({ id: 'a', kind: 'producer', name: 'send orders', durationMs: 5 }),
      span({ id: 'b', parent: 'a', kind: 'consumer', name: 'process orders', service: 'mailer', from: 95, durationMs: 5 }),
    ]);
    expect(lines[0]).toMatch(/100\.0 ms$/);
    expect(lines).toHaveLength(3);
    expect(barOf(lines, 'process orders')[0]).toBeGreaterThan(0.9);
  });
});

describe('a trace that is not whole', () => {
  test('shows spans whose parent is missing as what they are', () => {
    const lines = waterfall(order.filter(({ id }) => id !== 'c'));
    expect(lines.find((line) => line.includes('reservations'))).toMatch(/^warehouse {2}server {4}\? POST \/reservations/);
    expect(lines.find((line) => line.includes('pick'))).toMatch(/internal {4}pick/);
    expect(lines.at(-1)).toBe('? 1 span whose parent has not arrived');
  });

  test.each([
    ['its own parent', [span({ id: 'a', parent: 'a' })]],
    ['two that are each other’s parent', [span({ id: 'a', parent: 'b' }), span({ id: 'b', parent: 'a', from: 1 })]],
    ['a circle beside a whole trace', [span({ id: 'r' }), span({ id: 'a', parent: 'b' }), span({ id: 'b', parent: 'a', from: 1 })]],
  ])('%s: each is drawn once', (_, spans) => {
    const lines = waterfall(spans);
    for (const { name } of spans) expect(lines.filter((line) => line.includes(name))).toHaveLength(1);
    expect(lines.at(-1)).toBe('? 1 span whose parent has not arrived');
  });
});

describe('a trace of a thousand spans', () => {
  const many = [
    span({ id: 'root', durationMs: 1000 }),
    ...Array.from({ length: 999 }, (_, i) => span({ id: `n${i}`, parent: 'root', from: i, durationMs: 1, failed: i === 998 })),
  ];

  test('is cut, and says how many are left out and failed', () => {
    const lines = waterfall(many);
    expect(lines).toHaveLength(42);
    expect(lines[0]).toContain('1000 spans of 1 service');
    expect(lines.at(-1)).toBe('… and 960 more spans, 1 of them failed');
    expect(waterfall(many, { maxRows: 1000 })).toHaveLength(1001);
  });

  test('one below the other keeps its names readable', () => {
    const deep = Array.from({ length: 1000 }, (_, i) => span({ id: `n${i}`, ...(i > 0 && { parent: `n${i - 1}` }), from: i / 1000 }));
    const lines = waterfall(deep, { maxRows: 1000 });
    expect(lines).toHaveLength(1001);
    expect(lines.at(-1)).toContain('step n999');
  });

  test('of a hundred thousand spans the stack is not the limit', () => {
    const huge = Array.from({ length: 100_000 }, (_, i) => span({ id: `n${i}`, ...(i > 0 && { parent: `n${i - 1}` }) }));
    expect(waterfall(huge)[0]).toContain('100000 spans');
  });
});

describe('time', () => {
  test('spans without any duration have a bar all the same', () => {
    const lines = waterfall([span({ id: 'a', durationMs: 0 }), span({ id: 'b', parent: 'a', durationMs: 0 })]);
    expect(lines[0]).toMatch(/0\.00 ms$/);
    for (const line of lines.slice(1)) expect(line).toMatch(/ █ .*0\.00 ms$/);
  });

  test('a span that ended before it began has no length, and moves nothing', () => {
    const lines = waterfall([span({ id: 'a', durationMs: 20 }), span({ id: 'b', parent: 'a', from: 20, durationMs: -5000 })]);
    expect(lines[0]).toMatch(/20\.0 ms$/);
    expect(lines[2]).toMatch(/█ +0\.00 ms$/);
  });

  test.each([
    [0.123_456, '0.12 ms'],
    [9.99, '9.99 ms'],
    [10, '10.0 ms'],
    [9876.54, '9876.5 ms'],
    [61_000, '61.0 s'],
  ])('%d ms reads %s', (durationMs, text) => {
    expect(waterfall([span({ id: 'a', durationMs })])[1]).toMatch(new RegExp(`█ +${text}$`));
  });
});

describe('hostile text', () => {
  const hostile: [string, string][] = [
    ['escape sequences', '\u001b[2J\u001b]0;owned\u0007\u009b31m'],
    ['line breaks', 'a\nb\r\nc\u2028d\u2029e\u0085f'],
    ['other directions of writing', 'a\u202eb\u2066c\u200fd'],
    ['invisible ones', 'a\u200bb\u2060c\ufeffd\u00ad'],
    ['marks that pile up', `a${'\u0301\u0335'.repeat(50)}`],
    ['half a character', 'a\ud83db\udc00'],
  ];
  test.each(hostile)('%s reach no terminal, from any field', (_, text) => {
    const one = span({ id: 'a', name: text, service: text, traceId: text, failed: true, errors: [text], process: text });
    const skewed = span({ id: 'b', parent: 'a', service: `${text} 2`, process: 'other', from: -5000 });
    for (const line of waterfall([one, skewed], { width: 400 })) {
      expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\p{M}]/u);
      expect(line).toBe(line.toWellFormed());
    }
  });

  test('text of other scripts is left as it is, and in its columns', () => {
    const lines = waterfall([span({ id: 'a', name: 'заказ чая', service: 'café' }), span({ id: 'b', parent: 'a', name: '訂單 🍵' })]);
    expect(lines[1]).toContain('заказ чая');
    expect(lines[2]).toContain('訂單 🍵');
    expect(new Set(lines.slice(1).map(columns)).size).toBe(1);
  });
});
