import { LRUCache } from 'lru-cache';

/** Characters from the end of a token: 192 bits of its signature. */
const KEY_LENGTH = 32;

interface CacheEntry<T> {
  readonly token: string;
  readonly value: T;
}

/**
 * What tokens prove whose signature was verified, bounded, least recently used first out. Keyed by the end of the
 * signature, which is short to hash; a hit counts only when the whole token is equal. What changes with time, expiry
 * and revocation, is not kept here: the caller checks it on every hit.
 */
export class TokenCache<T> {
  readonly #cache: LRUCache<string, CacheEntry<T>> | undefined;

  /** @param size most tokens kept; 0 keeps none */
  constructor(size: number) {
    this.#cache = size > 0 ? new LRUCache({ max: size }) : undefined;
  }

  get(token: string): T | undefined {
    const entry = this.#cache?.get(token.slice(-KEY_LENGTH));
    return entry?.token === token ? entry.value : undefined;
  }

  set(token: string, value: T): void {
    this.#cache?.set(token.slice(-KEY_LENGTH), { token, value });
  }
}
