import { describe, expect, test } from '@jest/globals';
import { newSpanContext } from '../span-context.ts';
import { constant, ignoringParents, probabilistic, rateLimiting } from './sampler.ts';
import { samplerOf } from './strategy.ts';

const ids = Array.from({ length: 20_000 }, () => newSpanContext().traceId);

describe('probabilistic', () => {
  test.each([0.01, 0.1, 0.5, 0.9])('%d takes that share of the traces', (share) => {
    const sampler = probabilistic(share);
    const taken = ids.filter((id) => sampler.sample(id, 'x')).length / ids.length;
    expect(Math.abs(taken - share)).toBeLessThan(0.02);
  });

  test('decides by the trace id alone, and a larger share takes all that a smaller one takes', () => {
    const [small, large] = [probabilistic(0.2), probabilistic(0.4)];
    for (const id of ids.slice(0, 1000)) {
      expect(small.sample(id, 'a')).toBe(probabilistic(0.2).sample(id, 'b'));
      if (small.sample(id, 'a')) expect(large.sample(id, 'a')).toBe(true);
    }
  });

  test('0 takes none and is known to, 1 takes all', () => {
    expect(probabilistic(0).never).toBe(true);
    expect(ids.slice(0, 100).some((id) => probabilistic(0).sample(id, 'x'))).toBe(false);
    expect(ids.slice(0, 100).every((id) => probabilistic(1).sample(id, 'x'))).toBe(true);
    expect(probabilistic(1).sample('f'.repeat(32), 'x')).toBe(true);
  });
});

describe('ratelimiting', () => {
  test('takes so many a second and no more, whatever comes', () => {
    let now = 0;
    const sampler = rateLimiting(10, () => now);
    let taken = 0;
    for (let i = 0; i < 10_000; i++, now++) if (sampler.sample('', 'x')) taken++;
    expect(taken).toBeGreaterThanOrEqual(100);
    expect(taken).toBeLessThanOrEqual(110); // ten seconds, and the burst that was saved up
  });

  test('takes one now and then where the rate is below one', () => {
    let now = 0;
    const sampler = rateLimiting(0.5, () => now);
    const at: number[] = [];
    for (; now < 10_000; now += 100) if (sampler.sample('', 'x')) at.push(now);
    expect(at).toEqual([0, 2000, 4000, 6000, 8000]);
  });

  test('0 takes none', () => {
    expect(rateLimiting(0).never).toBe(true);
    expect(rateLimiting(0).sample('', 'x')).toBe(false);
  });
});

test('const is all or none, and may ignore what the caller decided', () => {
  expect([constant(true).sample('', ''), constant(false).sample('', '')]).toEqual([true, false]);
  expect([constant(false).never, ignoringParents(constant(true)).followsParent]).toEqual([true, false]);
});

describe('the answer of a sampling endpoint', () => {
  test('may be one share, or a rate', () => {
    expect(samplerOf({ strategyType: 'PROBABILISTIC', probabilisticSampling: { samplingRate: 0.25 } }).description).toBe(
      'probabilistic 0.25',
    );
    expect(samplerOf({ strategyType: 'RATE_LIMITING', rateLimitingSampling: { maxTracesPerSecond: 7 } }).description).toBe(
      'ratelimiting 7/s',
    );
  });

  test('may be a share for each operation, with a least number a second', () => {
    const sampler = samplerOf({
      operationSampling: {
        defaultSamplingProbability: 0,
        defaultLowerBoundTracesPerSecond: 0,
        perOperationStrategies: [{ operation: 'GET /a', probabilisticSampling: { samplingRate: 1 } }],
      },
    });
    const [id = ''] = ids;
    expect([sampler.sample(id, 'GET /a'), sampler.sample(id, 'GET /b')]).toEqual([true, false]);
    const floored = samplerOf({ operationSampling: { defaultSamplingProbability: 0, defaultLowerBoundTracesPerSecond: 0.001 } });
    expect([floored.sample(id, 'GET /b'), floored.sample(id, 'GET /b')]).toEqual([true, false]);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['nothing in it', {}],
    ['a share above 1', { probabilisticSampling: { samplingRate: 2 } }],
    ['a share that is text', { probabilisticSampling: { samplingRate: '0.5' } }],
    ['a negative rate', { rateLimitingSampling: { maxTracesPerSecond: -1 } }],
    ['strategies that are no list', { operationSampling: { defaultSamplingProbability: 0, perOperationStrategies: {} } }],
    ['a strategy without a name', { operationSampling: { defaultSamplingProbability: 0, perOperationStrategies: [{}] } }],
  ])('is refused where it is %s', (_, answer) => {
    expect(() => samplerOf(answer)).toThrow(/is no object|has to be a number|is no list|names no operation/);
  });
});
