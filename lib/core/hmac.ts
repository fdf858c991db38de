import { hash } from 'node:crypto';

/** Bytes that SHA-256 takes at a time. */
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Of one UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * HMAC-SHA256 (RFC 2104) with one key, out of two one-shot hashes: an `Hmac` of node:crypto is a native object for each
 * MAC, which takes four times as long, most of it to collect it.
 */
export class HmacKey {
  /** With room for a text that is hashed with it: both are used again for each MAC. */
  #inner: Buffer;
  /** What of `#inner` the last text filled. */
  #filled: Buffer;
  /** With room for the digest of the inner one. */
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
    // By way of a string: what `hash` returns as a Buffer is memory of its own, to be collected one by one.
    return Buffer.from(hash('sha256', this.#outer, 'binary'), 'binary');
  }

  #innerWith(text: string): Buffer {
    const maxBytes = BLOCK_BYTES + text.length * MAX_UTF8_BYTES;
    if (this.#inner.length < maxBytes) {
      this.#inner = Buffer.concat([this.#inner], maxBytes);
      this.#filled = this.#inner;
    }
    const length = BLOCK_BYTES + this.#inner.write(text, BLOCK_BYTES);
    // The texts of one kind have one length.
    if (this.#filled.length !== length) this.#filled = this.#inner.subarray(0, length);
    return this.#filled;
  }
}
