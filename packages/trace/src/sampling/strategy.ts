import { RateLimit } from './rate-limit.ts';
import { probabilistic, rateLimiting, type Sampler } from './sampler.ts';

/**
 * The sampler that an answer of Jaeger's sampling endpoint asks for (`SamplingStrategyResponse` of jaeger-idl, as JSON):
 * one share for all, so many traces a second, or a share for each operation with a least number a second.
 *
 * @throws Error that says what is wrong with the answer; the sampler before stays in force then.
 */
export function samplerOf(answer: unknown): Sampler {
  const strategy = asObject(answer, 'the answer');
  const { operationSampling, rateLimitingSampling, probabilisticSampling } = strategy;
  if (operationSampling !== undefined && operationSampling !== null) return perOperation(asObject(operationSampling, 'operationSampling'));
  if (rateLimitingSampling !== undefined && rateLimitingSampling !== null) {
    return rateLimiting(numberIn(asObject(rateLimitingSampling, 'rateLimitingSampling'), 'maxTracesPerSecond', Number.MAX_VALUE));
  }
  return probabilistic(numberIn(asObject(probabilisticSampling, 'probabilisticSampling'), 'samplingRate', 1));
}

function perOperation(sampling: Record<string, unknown>): Sampler {
  const fallback = probabilistic(numberIn(sampling, 'defaultSamplingProbability', 1));
  const least = numberIn(sampling, 'defaultLowerBoundTracesPerSecond', Number.MAX_VALUE, 0);
  const strategies: unknown = sampling['perOperationStrategies'] ?? [];
  if (!Array.isArray(strategies)) throw new Error('perOperationStrategies is no list');
  const byName = new Map<string, Sampler>();
  const floors = new Map<string, RateLimit>();
  for (const entry of strategies as unknown[]) {
    const { operation, probabilisticSampling } = asObject(entry, 'a strategy of perOperationStrategies');
    if (typeof operation !== 'string') throw new Error('a strategy of perOperationStrategies names no operation');
    byName.set(operation, probabilistic(numberIn(asObject(probabilisticSampling, `the strategy of ${operation}`), 'samplingRate', 1)));
    // The endpoint chooses the names, so there are as many as it says; operations that it does not know share one floor.
    floors.set(operation, new RateLimit(least, () => performance.now()));
  }
  const others = new RateLimit(least, () => performance.now());
  return {
    description: `per operation (${byName.size}), ${fallback.description} for others`,
    sample: (traceId, name) => (byName.get(name) ?? fallback).sample(traceId, name) || (floors.get(name) ?? others).take(),
  };
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is no object`);
  return value as Record<string, unknown>;
}

function numberIn(object: Record<string, unknown>, name: string, most: number, standard?: number): number {
  const value = object[name] ?? standard;
  if (typeof value !== 'number' || !(value >= 0 && value <= most))
    throw new Error(`${name} is ${JSON.stringify(value)}: it has to be a number from 0${most === 1 ? ' to 1' : ''}`);
  return value;
}
