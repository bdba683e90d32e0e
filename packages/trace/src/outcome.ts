/** How an operation ended. */
export interface Outcome {
  /** The transport's own status: an HTTP status code, a gRPC status name. @default 'ok', or 'error' with an error */
  status?: string | number;
  /** What went wrong, where something did: sets the label `error_type`. A 4xx answer is no server error. */
  error?: unknown;
}

const MAX_LENGTH = 64;

/**
 * A low-cardinality word for an error, for the label and attribute `error.type`: its `code` where it has a stable one, else
 * the name of its class. Never its message.
 */
export function errorType(error: unknown): string {
  if (typeof error === 'string' || typeof error === 'number') return String(error).slice(0, MAX_LENGTH);
  if (typeof error !== 'object' || error === null) return typeof error;
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code)) return code.slice(0, MAX_LENGTH);
  return typeof name === 'string' && name !== '' ? name.slice(0, MAX_LENGTH) : 'Error';
}

/** An error's own words; a status (503, `client_gone`) says all by itself and needs no second saying. */
export function messageOf(error: unknown): { message?: string } {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  return typeof message === 'string' && message !== '' ? { message } : {};
}
