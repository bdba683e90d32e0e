import { afterAll, expect, test } from '@jest/globals';
import { expectNothingLost, roll } from '../support/rolling.ts';
import { endAll } from '../support/service-process.ts';

afterAll(endAll);

test('20 restarts under 100 keep-alive connections, 1,000 requests/s and requests of 5 s: none is reset, refused or unanswered', async () => {
  const rolled = await roll({ restarts: 20, delay: '500ms', slow: 5 });
  expectNothingLost(rolled, 20);
  expect(rolled.rate).toBeGreaterThan(900);
  expect(rolled.load.tally.slow).toBe(100);
  // The connections of an instance that goes are closed by an answer that says so, none by surprise.
  expect(rolled.load.tally.closedAsTold).toBeGreaterThan(800);
  expect(rolled.load.tally.closedIdle).toBe(0);
}, 100_000);

test('clients that make a connection for each request lose none either', async () => {
  expectNothingLost(await roll({ restarts: 5, delay: '500ms', slow: 0, keepAlive: false }), 5);
}, 60_000);

test('connections that arrive while the service waits for its last answers are served', async () => {
  expectNothingLost(await roll({ restarts: 3, delay: '0s', slow: 5, toldAfterMs: 2000 }), 3);
}, 60_000);
