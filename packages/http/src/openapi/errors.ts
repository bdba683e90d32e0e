import { problemList } from '../problem-list.ts';

/** What no OpenAPI document can be made of. All problems are named in one error. */
export class OpenApiError extends Error {
  readonly code = 'PATRON_OPENAPI_INVALID';
  override readonly name = 'OpenApiError';
  /** One sentence each, with the route's method and path where it is about one. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problemList('no OpenAPI document can be made of this', problems), options);
    this.problems = problems;
  }
}
