import { Registry } from '../../../packages/trace/dist/metrics/registry.js';
import { answerWith, buckets, labelNames } from './metrics-cases.mjs';

answerWith(() => {
  const registry = new Registry();
  const histogram = registry.histogram({ name: 'h_seconds', help: 'H.', labels: labelNames, buckets, maxSeries: 100_000 });
  return {
    series: (labels) => histogram.labels(labels),
    async scrape() {
      let characters = 0;
      for await (const piece of registry.scrapeInPieces()) characters += Buffer.from(piece).length;
      return characters;
    },
  };
});
