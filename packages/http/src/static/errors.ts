import { problemList } from '../problem-list.ts';

/** Why no files can be served: the folder, an option, or a package that is missing. All problems are named in one error. */
export class StaticFilesError extends Error {
  /** `PATRON_HTTP_STATIC_MISSING`: `@fastify/send` is not installed. `PATRON_HTTP_STATIC_INVALID`: all else. */
  readonly code: 'PATRON_HTTP_STATIC_INVALID' | 'PATRON_HTTP_STATIC_MISSING';
  override readonly name = 'StaticFilesError';
  /** One sentence each. */
  readonly problems: readonly string[];

  constructor(code: StaticFilesError['code'], problems: readonly string[], options?: ErrorOptions) {
    super(problemList("staticFiles() can't serve this", problems), options);
    this.code = code;
    this.problems = problems;
  }
}
