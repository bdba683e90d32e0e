import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { alive, type Check, ready, type ReadyReport, timed, unreadyReason } from './health.ts';

const RUNNING: ReadyReport = { phase: 'running', reasons: {} };

/** What an endpoint answered. */
async function answerOf(endpoint: (response: ServerResponse) => Promise<void>): Promise<{ status: number; body: unknown }> {
  const answer = { status: 0, body: undefined as unknown };
  const response = {
    writeHead: (status: number) => (answer.status = status),
    end: (text: string) => (answer.body = JSON.parse(text)),
  };
  await endpoint(response as unknown as ServerResponse);
  return answer;
}

const aliveWith = (check?: Check) => answerOf((response) => alive(response, check && timed('aliveCheck', check)));
const readyWith = (report: ReadyReport, check?: Check) =>
  answerOf((response) => ready(response, () => report, check && timed('readyCheck', check)));

describe('/alive', () => {
  test('is 200 without a check and with one that says yes', async () => {
    expect(await aliveWith()).toEqual({ status: 200, body: { alive: true } });
    expect(await aliveWith(async () => true)).toEqual({ status: 200, body: { alive: true } });
  });

  test.each<[string, Check, string]>([
    ['says no', () => false, 'aliveCheck said no'],
    ['says no later', async () => false, 'aliveCheck said no'],
    ['says nothing', (() => undefined) as unknown as Check, 'aliveCheck said no'],
    [
      'throws',
      () => {
        throw new Error('out of tea');
      },
      'aliveCheck failed: out of tea',
    ],
    ['rejects', async () => Promise.reject(new Error('out of tea')), 'aliveCheck failed: out of tea'],
    [
      'throws what can not be shown',
      () => {
        throw Object.create(null);
      },
      'aliveCheck failed: [object Object]',
    ],
  ])('is 503 with the reason where the check %s', async (_, check, reason) => {
    expect(await aliveWith(check)).toEqual({ status: 503, body: { alive: false, reason } });
  });
});

describe('/ready', () => {
  test('is 200 once the service runs and nobody objects', async () => {
    expect(await readyWith(RUNNING, () => true)).toEqual({ status: 200, body: { ready: true } });
  });

  test('is 503 and names every component that is not ready, and the check', async () => {
    const reasons = { orders: 'no partition assigned', mails: 'starting' };
    expect(await readyWith({ phase: 'running', reasons }, () => false)).toEqual({
      status: 503,
      body: { ready: false, phase: 'running', reasons: { ...reasons, readyCheck: 'readyCheck said no' } },
    });
  });

  test.each(['starting', 'stopping'] as const)('is 503 while the service is %s, and asks the application nothing', async (phase) => {
    const check = jest.fn(() => true);
    expect(await readyWith({ phase, reasons: {} }, check)).toEqual({ status: 503, body: { ready: false, phase, reasons: {} } });
    expect(check).not.toHaveBeenCalled();
  });

  test('is 503 where the service began to stop while the check was going on', async () => {
    let phase: ReadyReport['phase'] = 'running';
    const check = timed('readyCheck', async () => {
      phase = 'stopping';
      return true;
    });
    expect((await answerOf((response) => ready(response, () => ({ phase, reasons: {} }), check))).status).toBe(503);
  });
});

describe('a check that hangs', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('counts as failed after 5 s', async () => {
    const answer = readyWith(RUNNING, () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(5000);
    expect(await answer).toMatchObject({ status: 503, body: { reasons: { readyCheck: 'readyCheck did not answer within 5 s' } } });
  });

  test('is asked once and not once per probe, and again when its time is over', async () => {
    const check = jest.fn(() => new Promise<boolean>(() => undefined));
    const shared = timed('readyCheck', check);
    const probes = [shared(), shared()];
    await jest.advanceTimersByTimeAsync(1000);
    probes.push(shared());
    expect(check).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(4000);
    await Promise.all(probes);
    void shared();
    expect(check).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(5000);
  });

  test('leaves no timer behind once it has answered', async () => {
    await aliveWith(async () => true);
    expect(jest.getTimerCount()).toBe(0);
  });
});

test.each([
  [true, undefined],
  [false, 'not ready'],
  [{ ready: true, reason: 'x' }, undefined],
  [{ ready: false }, 'not ready'],
  [{ ready: false, reason: 'lagging' }, 'lagging'],
])('a component that answers %j is understood', (answer, reason) => {
  expect(unreadyReason(() => answer)).toBe(reason);
});

test('a component whose ready() throws is not ready', () => {
  expect(
    unreadyReason(() => {
      throw new Error('no');
    }),
  ).toBe('ready() failed: no');
});
