import { MetricError } from '../errors.ts';

export const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws MetricError for a name or a label that breaks the grammar of Prometheus. */
export function checkNames(name: string, labels: readonly string[]): void {
  if (!METRIC_NAME.test(name)) throw new MetricError(`"${name}" is no metric name: [a-zA-Z_:][a-zA-Z0-9_:]*`);
  labels.forEach((label, i) => {
    if (!LABEL.test(label) || label.startsWith('__') || label === 'le')
      throw new MetricError(`"${label}" is no label name (metric ${name})`);
    if (labels.indexOf(label) !== i) throw new MetricError(`metric ${name} has the label "${label}" twice`);
  });
}
