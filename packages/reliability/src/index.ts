export { type Backoff, constantBackoff, exponentialBackoff, type ExponentialBackoffOptions } from './backoff.ts';
