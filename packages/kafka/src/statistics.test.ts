import { expect, test } from '@jest/globals';
import { BrokerWatch } from './statistics.ts';

const statistics = {
  brokers: {
    'b1:9092/bootstrap': { name: 'b1:9092/bootstrap', nodeid: -1, state: 'UP', rxidle: 90_000_000 },
    'b1:9092/1': { name: 'b1:9092/1', nodeid: 1, state: 'UP', rxidle: 200_000 },
    'b2:9092/2': { name: 'b2:9092/2', nodeid: 2, state: 'DOWN', stateage: 30_000_000, rxidle: 31_000_000 },
    GroupCoordinator: { name: 'GroupCoordinator', nodeid: 1, state: 'UP', rxidle: 12_000_000 },
  },
  topics: {
    orders: { partitions: { '0': { leader: 2, hi_offset: 40, ls_offset: 35 }, '1': { leader: -1, hi_offset: -1001, ls_offset: -1001 } } },
  },
  cgrp: { state: 'up', join_state: 'steady' },
};

test('it is told for how long brokers are silent, counted on from the statistics', () => {
  const watch = new BrokerWatch();
  expect([watch.silence(1, 0), watch.coordinatorSilence(0), watch.isSteady]).toEqual([undefined, undefined, false]);
  watch.take(JSON.stringify(statistics), 1000);
  expect(watch.isSteady).toBe(true);
  expect(watch.silence(1, 1500)).toBe(700);
  expect(watch.silence(2, 1000)).toBe(31_000);
  expect(watch.silence(3, 1000)).toBeUndefined();
  expect(watch.coordinatorSilence(2000)).toBe(13_000);
});

test('a connection that is made anew to a frozen broker does not make it less silent', () => {
  const watch = new BrokerWatch();
  const at = (ms: number, broker: object): void =>
    watch.take(JSON.stringify({ brokers: { 'b1:9092/1': { name: 'b1:9092/1', nodeid: 1, ...broker } } }), ms);
  at(1000, { state: 'UP', rxidle: 400_000 });
  at(9000, { state: 'APIVERSION_QUERY', stateage: 10_000, rxidle: -1 });
  expect(watch.silence(1, 10_000)).toBe(9400);
  at(14_000, { state: 'UP', stateage: 10_000, rxidle: -1 });
  expect(watch.silence(1, 14_000)).toBe(13_400);
  at(19_000, { state: 'UP', rxidle: 100_000 });
  expect(watch.silence(1, 19_000)).toBe(100);
});

test('one that was never heard is silent since it is tried', () => {
  const watch = new BrokerWatch();
  watch.take(JSON.stringify({ brokers: { b: { name: 'b', nodeid: 1, state: 'CONNECT', stateage: 3_000_000, rxidle: -1 } } }), 5000);
  expect(watch.silence(1, 6000)).toBe(4000);
});

test('it is told who has a partition, and where that ends', () => {
  const watch = new BrokerWatch();
  watch.take(JSON.stringify(statistics), 0);
  expect([watch.leaderOf('orders', 0), watch.endOf('orders', 0)]).toEqual([2, 35]);
  expect([watch.leaderOf('orders', 1), watch.endOf('orders', 1)]).toEqual([undefined, undefined]);
  expect(watch.endOf('none', 0)).toBeUndefined();
});

test('a client that has nobody left to turn to but a coordinator without an address knows no broker', () => {
  const watch = new BrokerWatch();
  const knows = (...brokers: { name: string; source: string; state: string }[]): boolean => {
    watch.take(
      JSON.stringify({ brokers: Object.fromEntries(brokers.map((broker) => [broker.name, { nodeid: -1, rxidle: -1, ...broker }])) }),
      0,
    );
    return watch.knowsBrokers;
  };
  expect(watch.knowsBrokers).toBe(true); // nothing is known yet
  const coordinator = { name: 'GroupCoordinator', source: 'logical', state: 'TRY_CONNECT' };
  expect(knows(coordinator, { name: 'b1:9092/bootstrap', source: 'configured', state: 'INIT' })).toBe(true);
  expect(knows({ name: 'b1:9092/1', source: 'learned', state: 'DOWN' }, coordinator)).toBe(true);
  expect(knows(coordinator)).toBe(false);
  expect(knows()).toBe(false);
});
