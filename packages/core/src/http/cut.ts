import type { ServerResponse } from 'node:http';
import { ComponentError } from '../errors.ts';

/** How many requests are named in an error: enough to find the culprit. */
const NAMED = 5;

/** The failure of a listener whose answers the deadline of a stop has cut. */
export function cutFailure(name: string, cut: readonly ServerResponse[]): ComponentError {
  const requests = cut.slice(0, NAMED).map(({ req }) => `${req.method} ${(req.url ?? '').split('?', 1)[0]}`);
  const more = cut.length > NAMED ? ` and ${cut.length - NAMED} more` : '';
  return new ComponentError(
    'PATRON_COMPONENT_LATE',
    name,
    `component "${name}" had ${cut.length} ${cut.length === 1 ? 'answer' : 'answers'} left when the deadline passed, which were cut: ${requests.join(', ')}${more}`,
  );
}
