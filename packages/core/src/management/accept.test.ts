import { expect, test } from '@jest/globals';
import { prefersOpenMetrics } from './accept.ts';

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1';
const PROMETHEUS_3_PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,' + PROMETHEUS_3;

test.each([
  ['Prometheus 2', PROMETHEUS_2],
  ['Prometheus 3', PROMETHEUS_3],
  ['Prometheus 3 with native histograms', PROMETHEUS_3_PROTOBUF],
  ['a scraper that takes nothing else', 'application/openmetrics-text'],
  ['a scraper that writes in capitals and with spaces', 'Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 , text/plain;q=0.8'],
  ['a scraper that likes both alike', 'text/plain, application/openmetrics-text; version=1.0.0'],
])('OpenMetrics is for %s', (_, accept) => {
  expect(prefersOpenMetrics(accept)).toBe(true);
});

test.each([
  ['who says nothing', undefined],
  ['who says nothing in words', ''],
  ['curl', '*/*'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['who prefers it', 'text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5'],
  ['who refuses the other', 'application/openmetrics-text;q=0'],
  ['who refuses the other in detail', 'application/openmetrics-text; version=1.0.0; q=0.000, */*'],
  ['who wants a version that is not written here', 'application/openmetrics-text;version=2.0.0,text/plain;q=0.1'],
  ['a weight that is none', 'application/openmetrics-text;q=high'],
  ['a weight beyond 1', 'application/openmetrics-text;q=7'],
  ['a type that only begins like it', 'application/openmetrics-texts'],
])('the Prometheus text format is for %s', (_, accept) => {
  expect(prefersOpenMetrics(accept)).toBe(false);
});
