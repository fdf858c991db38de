import { hash } from 'node:crypto';

/** Block size of SHA-256. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Maximum UTF-8 bytes of one UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * HMAC-SHA256 (RFC 2104) with one key, built from two one-shot hashes. `Hmac` of node:crypto allocates a native object
 * for each MAC, which takes four times as long, most of it for garbage collection.
 */
export class HmacKey {
  /** The inner key block with space for the text. Both buffers are reused for each MAC. */
  #inner: Buffer;
  /** The part of `#inner` that the last text filled. */
  #filled: Buffer;
  /** The outer key block with space for the inner digest. */
  readonly #outer: Buffer;

  /** @param key at most 64 bytes; a longer one would have to be hashed first */
  constructor(key: Uint8Array) {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.set(key);
    this.#inner = Buffer.from(block.map((byte) => byte ^ INNER_PAD));
    this.#filled = this.#inner;
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
    this.#outer.set(block.map((byte) => byte ^ OUTER_PAD));
  }

  /** @returns 32 bytes */
  mac(text: string): Buffer {
    this.#outer.write(hash('sha256', this.#innerWith(text), 'binary'), BLOCK_BYTES, 'binary');
    // Via a string: each Buffer that `hash` returns is a separate allocation, which is collected individually.
    return Buffer.from(hash('sha256', this.#outer, 'binary'), 'binary');
  }

  #innerWith(text: string): Buffer {
    const maxBytes = BLOCK_BYTES + text.length * MAX_UTF8_BYTES;
    if (this.#inner.length < maxBytes) {
      this.#inner = Buffer.concat([this.#inner], maxBytes);
      this.#filled = this.#inner;
    }
    const length = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES);
    // Texts of one kind have the same length.
    if (this.#filled.length !== length) this.#filled = this.#inner.subarray(0, length);
    return this.#filled;
  }
}
