import prom from 'prom-client';
import { answerWith, buckets, labelNames } from '../programs/metrics-cases.mjs';

answerWith(() => {
  const registry = new prom.Registry();
  const histogram = new prom.Histogram({ name: 'h_seconds', help: 'H.', labelNames, buckets, registers: [registry] });
  return {
    series: (labels) => histogram.labels(labels.method, labels.route, labels.status),
    scrape: async () => Buffer.from(await registry.metrics()).length,
  };
});
