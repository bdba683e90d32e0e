import { optionalLibrary } from '../optional-library.ts';
import { JwtError } from './errors.ts';

/** What is used of jose. */
export type Jose = Pick<typeof import('jose'), 'createLocalJWKSet' | 'jwtVerify'>;

/**
 * Loads it. Whether it is there is found at once; it is an ES module, so the rest takes a turn.
 * @throws JwtError `PATRON_HTTP_JWT_MISSING` where it is not installed.
 */
export function loadJose(): Promise<Jose> {
  optionalLibrary(
    'jose@6',
    (require) => require.resolve('jose'),
    (problem, options) => new JwtError('PATRON_HTTP_JWT_MISSING', [problem], options),
  );
  return import('jose');
}

/** The code of an error of jose; undefined for any other. */
export function joseCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && code.startsWith('ERR_J') ? code : undefined;
}
