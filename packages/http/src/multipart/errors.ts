import { problemList } from '../problem-list.ts';

/** Why no uploads can be read: options, or a package that is missing. All problems are named in one error. */
export class MultipartError extends Error {
  /** `PATRON_HTTP_MULTIPART_MISSING`: `@fastify/busboy` is not installed. `PATRON_HTTP_MULTIPART_INVALID`: options that can't be used. */
  readonly code: 'PATRON_HTTP_MULTIPART_INVALID' | 'PATRON_HTTP_MULTIPART_MISSING';
  override readonly name = 'MultipartError';
  /** One sentence each. */
  readonly problems: readonly string[];

  constructor(code: MultipartError['code'], problems: readonly string[], options?: ErrorOptions) {
    super(problemList("multipart() can't read uploads", problems), options);
    this.code = code;
    this.problems = problems;
  }
}
