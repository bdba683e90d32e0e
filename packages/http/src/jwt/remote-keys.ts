import type { JWTVerifyGetKey } from 'jose';
import { log } from '@patron/log';
import { fetchKeys, type KeySource } from './fetch-keys.ts';
import { type Jose, joseCode } from './library.ts';

/** No key is known, and the issuer does not answer: nobody can say whether a token is good. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/** How often an issuer is asked. */
export interface KeyPace {
  readonly maxAgeMs: number;
  readonly cooldownMs: number;
}

/** After a question that failed, while no key is known at all. */
const RETRY_MS = 1000;

/**
 * The public keys of an issuer. The last that are known hold until there are others: an issuer that is away costs nobody who has a
 * token. A token of an unknown key has them asked for anew, as keys rotate, but not more often than once within the cooldown.
 */
export class RemoteKeys {
  readonly #jose: Jose;
  readonly #source: KeySource;
  readonly #pace: KeyPace;
  #known: JWTVerifyGetKey | undefined;
  #knownAt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;
  #problem: unknown;

  constructor(jose: Jose, source: KeySource, pace: KeyPace) {
    this.#jose = jose;
    this.#source = source;
    this.#pace = pace;
  }

  /** The key of a token. @throws KeysUnavailableError; jose's errors for a token that none of the keys is for */
  readonly get: JWTVerifyGetKey = async (header, token) => {
    if (this.#known === undefined) await this.#ask(RETRY_MS);
    if (this.#known === undefined) throw new KeysUnavailableError('no keys of the issuer are known', { cause: this.#problem });
    if (performance.now() - this.#knownAt > this.#pace.maxAgeMs) void this.#ask(this.#pace.cooldownMs);
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (joseCode(error) !== 'ERR_JWKS_NO_MATCHING_KEY') throw error;
      await this.#ask(this.#pace.cooldownMs);
      return this.#known(header, token);
    }
  };

  /** Asks, unless that was done a moment ago; many who want it wait for one answer. It never rejects. */
  #ask(pauseMs: number): Promise<void> {
    if (this.#asking === undefined && performance.now() - this.#askedAt >= pauseMs) {
      this.#askedAt = performance.now();
      this.#asking = this.#fetch().finally(() => (this.#asking = undefined));
    }
    return this.#asking ?? Promise.resolve();
  }

  async #fetch(): Promise<void> {
    const { issuer } = this.#source;
    try {
      const keys = await fetchKeys(this.#source);
      this.#known = this.#jose.createLocalJWKSet(keys as Parameters<Jose['createLocalJWKSet']>[0]);
      this.#knownAt = performance.now();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error;
      const fields = { issuer, error };
      if (this.#known === undefined) log.error('the keys of an issuer could not be had: its tokens get a 503', fields);
      else log.warn('the keys of an issuer could not be had: those of before hold', fields);
    }
  }
}
