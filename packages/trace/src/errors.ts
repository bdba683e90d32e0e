/** A metric can't be registered: its name or a label breaks the grammar, or the name is taken by another metric. */
export class MetricError extends Error {
  readonly code = 'PATRON_METRIC_INVALID';
  override readonly name = 'MetricError';
}

/** Options or variables of tracing hold values that can't be used; `problems` has a sentence for each. */
export class TelemetryOptionError extends Error {
  readonly code = 'PATRON_TELEMETRY_INVALID';
  override readonly name = 'TelemetryOptionError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`telemetry can't be set up:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Spans are to be exported, and what does that is not installed or does not load. `cause` is what the loader said. */
export class OtlpError extends Error {
  readonly code = 'PATRON_OTLP_MISSING';
  override readonly name = 'OtlpError';
}
