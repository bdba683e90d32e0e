import { problemList } from '../problem-list.ts';

/** Why no tokens can be checked: options, or a package that is missing. All problems are named in one error. */
export class JwtError extends Error {
  /** `PATRON_HTTP_JWT_MISSING`: `jose` is not installed. `PATRON_HTTP_JWT_INVALID`: options that can't be used. */
  readonly code: 'PATRON_HTTP_JWT_INVALID' | 'PATRON_HTTP_JWT_MISSING';
  override readonly name = 'JwtError';
  /** One sentence each. */
  readonly problems: readonly string[];

  constructor(code: JwtError['code'], problems: readonly string[], options?: ErrorOptions) {
    super(problemList("jwt() can't check tokens", problems), options);
    this.code = code;
    this.problems = problems;
  }
}
