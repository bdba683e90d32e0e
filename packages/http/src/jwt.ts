export { JwtError } from './jwt/errors.ts';
export { jwt, type JwtClaims } from './jwt/jwt.ts';
export type { JsonWebKeySet, JwtAlgorithm, JwtOptions } from './jwt/options.ts';
