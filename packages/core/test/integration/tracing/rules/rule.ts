/** One rule, as a request that tells whether it is kept. `<trace>` stands for a trace id of its own, `<span>` for the caller's span. */
export interface Rule {
  /** Of the specification. */
  readonly section: string;
  readonly title: string;
  /** Header lines as they are sent, one character a byte. */
  readonly send: readonly string[];
  /** The flags with which the caller's trace goes on; undefined where a new one has to begin. */
  readonly goesOnWith?: string;
  /** The caller's trace where the headers spell it otherwise than `<trace>` and `<span>`. */
  readonly caller?: { readonly trace: string; readonly span: string };
  /** What the next service gets; undefined: no such header. */
  readonly tracestate?: string;
  readonly baggage?: string;
}

/** The header that most rules begin with. */
export const PARENT = 'traceparent: 00-<trace>-<span>-01';

/** A list of so many members: `k0=v,k1=v`. */
export const members = (count: number, value = 'v'): string => Array.from({ length: count }, (_, i) => `k${i}=${value}`).join(',');
