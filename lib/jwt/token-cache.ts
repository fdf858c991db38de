import { LRUCache } from 'lru-cache';

/** Characters from the end of a token: 192 bits of its signature. */
const KEY_LENGTH = 32;

interface CacheEntry<T> {
  readonly token: string;
  readonly value: T;
}

/**
 * Keeps values of tokens whose signature was verified, bounded, and drops the least recently used first. Keyed by the
 * end of the signature, which is cheap to hash; a hit is valid only if the whole token is equal. Expiry and revocation
 * change over time and are not kept here: the caller checks them on every hit.
 */
export class TokenCache<T> {
  readonly #cache: LRUCache<string, CacheEntry<T>> | undefined;

  /** @param size maximum number of tokens kept; 0 keeps none */
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
