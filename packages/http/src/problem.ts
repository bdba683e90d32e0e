import { HttpError } from './http-error.ts';
import type { SchemaIssue } from '@patron/core/data';

/** One thing that is wrong with a request, as the client is told. */
export interface Problem {
  readonly in: 'params' | 'headers' | 'query' | 'body';
  /** Where, as keys and indexes joined by dots: `items.0.price`. Empty: the whole of it. */
  readonly path: string;
  readonly message: string;
}

// Schemas quote what they were given. An answer that grows with a hostile body would be an amplifier.
const MAX_PROBLEMS = 100;
const MAX_TEXT = 300;

const listed = new WeakMap<HttpError, readonly Problem[]>();

/** A 400 that lists every problem, up to 100. */
export function invalid(problems: readonly Problem[]): HttpError {
  const error = new HttpError(400, { error: 'Bad Request', problems: problems.slice(0, MAX_PROBLEMS) });
  listed.set(error, problems);
  return error;
}

/** The problems of an error that {@link invalid} has made; undefined for any other. */
export function listedIn(error: HttpError): readonly Problem[] | undefined {
  return listed.get(error);
}

/** A 400 for a body that could not even be read. */
export function invalidBody(message: string): HttpError {
  return invalid([{ in: 'body', path: '', message }]);
}

/** What a schema found, as problems. */
export function problemsOf(place: Problem['in'], issues: readonly SchemaIssue[]): Problem[] {
  return issues.slice(0, MAX_PROBLEMS).map(({ path = [], message }) => ({
    in: place,
    path: clip(path.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')),
    message: clip(message),
  }));
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`;
}
