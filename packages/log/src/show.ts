import { inspect } from 'node:util';

/** A value as an error message names it: whatever it is, on one line and not endless. */
export function show(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity }).slice(0, 200);
}
