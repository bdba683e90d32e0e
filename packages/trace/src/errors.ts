/** A metric can't be registered: its name or a label breaks the grammar, or the name is taken by another metric. */
export class MetricError extends Error {
  readonly code = 'PATRON_METRIC_INVALID';
  override readonly name = 'MetricError';
}
