import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { setup } from '@patron/log';
import { memoryLog } from '@patron/log/testing';
import type { Resource } from './component.ts';
import { closeResources } from './resources.ts';

const memory = memoryLog();
beforeAll(() => setup(memory));
beforeEach(() => memory.clear());

const never = new AbortController().signal;
let closed: string[];
beforeEach(() => {
  closed = [];
});
const resource = (name: string, close: Resource['close'] = async () => void closed.push(name)): Resource => ({ name, close });

test('resources are closed in reverse order, each when the one before is done', async () => {
  const slowly = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    closed.push('producer');
  };
  expect(await closeResources([resource('pool'), resource('producer', slowly)], never)).toEqual([]);
  expect(closed).toEqual(['producer', 'pool']);
  expect(memory.findAll({ message: 'stop: resource closed' }).map(({ fields }) => fields['resource'])).toEqual(['producer', 'pool']);
});

test('one that fails, however, does not keep the others from being closed, and is named', async () => {
  const failing = [
    resource('rejects', () => Promise.reject(new Error('no broker'))),
    resource('throws', () => {
      throw new Error('no disk');
    }),
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what other people's code does
    resource('says no', () => Promise.reject('no')),
  ];
  const failures = await closeResources([resource('first'), ...failing, resource('last')], never);
  expect(closed).toEqual(['last', 'first']);
  expect(failures.map(({ message }) => message)).toEqual([
    'resource "says no" failed to close: threw "no", which is no Error',
    'resource "throws" failed to close: no disk',
    'resource "rejects" failed to close: no broker',
  ]);
  expect(failures[1]).toMatchObject({ code: 'PATRON_RESOURCE_CLOSE_FAILED', resource: 'throws', cause: { message: 'no disk' } });
  expect(memory.findAll({ level: 'error' })).toHaveLength(3);
});

test('after the deadline each is still told to close, and all together have half a second for it', async () => {
  const hangs = (name: string): Resource => resource(name, () => new Promise(() => undefined));
  const soon = resource('soon', async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    closed.push('soon');
  });
  const startedAt = performance.now();
  const failures = await closeResources([resource('at once'), hangs('a'), hangs('b'), soon], AbortSignal.abort());
  expect(performance.now() - startedAt).toBeLessThan(1000);
  expect(closed).toEqual(['soon', 'at once']);
  expect(failures.map((failure) => failure.resource)).toEqual(['b', 'a']);
});

test('one that closes when the deadline tells it to is closed', async () => {
  const obedient = resource('obedient', (deadline) => new Promise((resolve) => deadline.addEventListener('abort', () => resolve())));
  expect(await closeResources([obedient], AbortSignal.timeout(20))).toEqual([]);
});
