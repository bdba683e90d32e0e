/** A function, and the line in it, as a profile tells them: of the source as it was written, where a source map says so. */
export interface Frame {
  name: string;
  /** Empty where there is none: `(program)`, `(garbage collector)`. */
  file: string;
  /** The line that was running, from 1; 0 where there is none. */
  line: number;
  /** The line on which the function begins. */
  startLine: number;
}

/** One stack and what was counted on it: one value per type of the profile. */
export interface Sample {
  /** The innermost frame first. */
  stack: readonly Frame[];
  values: readonly number[];
}

/** What a value means: `{ type: 'cpu', unit: 'nanoseconds' }`. */
export interface ValueType {
  type: string;
  unit: string;
}

/** A profile, before it is written in one format or another. */
export interface Profile {
  types: readonly ValueType[];
  /** Which of the types is shown when nobody says which. */
  shown: string;
  samples: readonly Sample[];
  /** What was sampled, and once per how much of it. */
  period: ValueType & { every: number };
  startedAt: Date;
  durationMs: number;
  /** What its reader has to know; tools show it above their tables. */
  comments: readonly string[];
}
