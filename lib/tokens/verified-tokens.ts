import { LRUCache } from 'lru-cache';

/** Characters from the end of a token: 192 bits of its signature. */
const KEY_LENGTH = 32;

interface Verified<T> {
  readonly token: string;
  readonly proves: T;
}

/**
 * What tokens prove whose signature was verified, bounded, least recently used first out. Keyed by the end of the
 * signature, which is short to hash; a hit counts only when the whole token is equal. What changes with time, expiry
 * and revocation, is not kept here: the caller checks it on every hit.
 */
export class VerifiedTokens<T> {
  readonly #cache: LRUCache<string, Verified<T>> | undefined;

  /** @param size most tokens kept; 0 keeps none */
  constructor(size: number) {
    this.#cache = size > 0 ? new LRUCache({ max: size }) : undefined;
  }

  get(token: string): T | undefined {
    const verified = this.#cache?.get(token.slice(-KEY_LENGTH));
    return verified?.token === token ? verified.proves : undefined;
  }

  set(token: string, proves: T): void {
    this.#cache?.set(token.slice(-KEY_LENGTH), { token, proves });
  }
}
