import { sha256 } from './digest.js';

/** Bytes that SHA-256 takes at a time. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * HMAC-SHA256 (RFC 2104) with one key, out of two one-shot hashes: an `Hmac` of node:crypto is a native object for each
 * MAC, which takes four times as long, most of it to collect it.
 */
export class HmacKey {
  readonly #inner: Buffer;
  /** With room for the digest that is hashed with it, used again for each MAC. */
  readonly #outer: Buffer;

  /** @param key at most 64 bytes; a longer one would have to be hashed first */
  constructor(key: Uint8Array) {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.set(key);
    this.#inner = Buffer.from(block.map((byte) => byte ^ INNER_PAD));
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
    this.#outer.set(block.map((byte) => byte ^ OUTER_PAD));
  }

  /** @returns 32 bytes */
  mac(text: string): Buffer {
    this.#outer.set(sha256(Buffer.concat([this.#inner, Buffer.from(text)])), BLOCK_BYTES);
    return sha256(this.#outer);
  }
}
