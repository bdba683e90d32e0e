import type { HttpHandler } from './middleware.ts';
import { invalid, type Problem, problemsOf } from './problem.ts';
import { HttpRequest } from './request.ts';
import type { StandardSchemaV1 } from './schema.ts';

/**
 * The handler of a route behind its schemas: it only sees what they let through, and what they made of it. Innermost, so
 * that no body is read for a request that a middleware turns away.
 */
export function validated(
  handler: HttpHandler,
  schemas: { body?: StandardSchemaV1 | undefined; query?: StandardSchemaV1 | undefined },
): HttpHandler {
  const { body, query } = schemas;
  if (body === undefined && query === undefined) return handler;
  return async (request) => {
    const problems: Problem[] = [];
    const input = {
      query: query && (await check('query', query, request.query, problems)),
      body: body && (await check('body', body, await request.json(), problems)),
    };
    if (problems.length > 0) throw invalid(problems);
    HttpRequest.accept(request, input);
    return handler(request);
  };
}

async function check(place: Problem['in'], schema: StandardSchemaV1, value: unknown, problems: Problem[]): Promise<unknown> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  problems.push(...problemsOf(place, result.issues));
  return undefined;
}
