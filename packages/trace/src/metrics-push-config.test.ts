import { expect, test } from '@jest/globals';
import type { MetricsConfig } from './metrics/config.ts';
import { type MetricsPushConfig, resolveMetricsPush } from './metrics-push-config.ts';

const resolve = (config: MetricsConfig, env: NodeJS.ProcessEnv): MetricsPushConfig | undefined => {
  const problems: string[] = [];
  const push = resolveMetricsPush(config, env, problems);
  expect(problems).toEqual([]);
  return push;
};

test('nothing is pushed unless somebody says so', () => {
  expect(resolve({}, {})).toBeUndefined();
  expect(resolve({}, { OTEL_METRIC_EXPORT_INTERVAL: '5', OTEL_METRICS_EXPORTER: 'none' })).toBeUndefined();
  expect(resolve({ otlp: false }, { OTEL_METRICS_EXPORTER: 'otlp' })).toBeUndefined();
});

test.each<[MetricsConfig, NodeJS.ProcessEnv, number, number]>([
  [{ otlp: true }, {}, 60_000, 30_000],
  [{}, { OTEL_METRICS_EXPORTER: 'otlp', OTEL_METRIC_EXPORT_INTERVAL: '5000', OTEL_METRIC_EXPORT_TIMEOUT: '700' }, 5000, 700],
  [{ otlp: { intervalMs: 9 } }, { OTEL_METRIC_EXPORT_INTERVAL: '5000' }, 9, 30_000],
  [{ otlp: {} }, { OTEL_METRIC_EXPORT_INTERVAL: '5000' }, 5000, 30_000],
])('options %j and environment %j push every %d ms, for %d ms at the most', (config, env, intervalMs, timeoutMs) => {
  expect(resolve(config, env)).toMatchObject({ intervalMs, timeoutMs });
});

test('a bad number is named', () => {
  const problems: string[] = [];
  resolveMetricsPush({}, { OTEL_METRIC_EXPORT_TIMEOUT: '1s', OTEL_METRIC_EXPORT_INTERVAL: '0' }, problems);
  expect(problems).toEqual([
    'OTEL_METRIC_EXPORT_INTERVAL is "0": it takes a whole number from 1',
    'OTEL_METRIC_EXPORT_TIMEOUT is "1s": it takes a whole number from 1',
  ]);
});
