import type { SchemaResult, StandardSchemaV1 } from '@patron/core/data';
import { httpErrorOf } from '../http-error.ts';
import type { HttpHandler } from '../middleware.ts';
import { invalid, listedIn, type Problem, problemsOf } from '../problem.ts';
import { HttpRequest } from '../request.ts';
import { isPromise } from '../thenable.ts';

/** Where input comes from, in the order in which its problems are listed. */
export const PLACES = ['params', 'headers', 'query', 'body'] as const satisfies readonly Problem['in'][];

/** A schema for each place that has one. */
export type InputSchemas = { readonly [Place in Problem['in']]?: StandardSchemaV1 | undefined };

/** What schemas made of the input. */
export type Input = { [Place in Problem['in']]?: unknown };

type Outcome = SchemaResult<unknown> | { readonly issues: undefined; readonly problems: readonly Problem[] };

/**
 * The handler of a route behind its schemas: it only sees what they let through, and what they made of it. Innermost, so
 * that no body is read for a request that a middleware turns away. Where nothing has to be waited for, nothing is.
 */
export function validated(handler: HttpHandler, schemas: InputSchemas): HttpHandler {
  const checks = PLACES.flatMap((place) => {
    const schema = schemas[place];
    return schema === undefined ? [] : [{ place, schema }];
  });
  if (checks.length === 0) return handler;

  const finish = (request: HttpRequest, outcomes: readonly Outcome[]): unknown => {
    const problems: Problem[] = [];
    const input: Input = {};
    outcomes.forEach((outcome, index) => {
      const { place } = checks[index] as (typeof checks)[number];
      if ('problems' in outcome) problems.push(...outcome.problems);
      else if (outcome.issues === undefined) input[place] = outcome.value;
      else problems.push(...problemsOf(place, outcome.issues));
    });
    if (problems.length > 0) throw invalid(problems);
    HttpRequest.accept(request, input);
    return handler(request);
  };
  const { body } = schemas;
  const others = body === undefined ? checks : checks.slice(0, -1);
  return (request) => {
    const outcomes: (Outcome | PromiseLike<Outcome>)[] = others.map(({ place, schema }) => check(schema, request[place]));
    if (outcomes.some(isPromise)) {
      if (body !== undefined) outcomes.push(checkBody(request, body));
      return Promise.all(outcomes.map((outcome) => Promise.resolve(outcome))).then((settled) => finish(request, settled));
    }
    const settled = outcomes as Outcome[];
    if (body === undefined) return finish(request, settled);
    return checkBody(request, body).then((outcome) => {
      settled.push(outcome);
      return finish(request, settled);
    });
  };
}

/** What a schema throws is told like what it rejects with: else the rejection of another one would be nobody's. */
function check(schema: StandardSchemaV1, value: unknown): Outcome | Promise<Outcome> {
  try {
    return schema['~standard'].validate(value);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

/** A body that is no JSON is a problem like others, beside those of the query; one that is too long is a 413 and ends it. */
async function checkBody(request: HttpRequest, schema: StandardSchemaV1): Promise<Outcome> {
  let value: unknown;
  try {
    value = await request.decode();
  } catch (error) {
    const known = httpErrorOf(error);
    const problems = known === undefined ? undefined : listedIn(known);
    if (problems === undefined) throw error;
    return { issues: undefined, problems };
  }
  return check(schema, value);
}
