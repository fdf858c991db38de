import { hash } from 'node:crypto';

/** Characters of base64url that hold 128 bits. */
export const DIGEST_LENGTH = 22;

/** The first 128 bits of SHA-256 of `text`, as 22 base64url characters. */
export function digest128(text: string): string {
  return sha256(text).toString('base64url', 0, 16);
}

/** All 32 bytes. */
export function sha256(data: string | Uint8Array): Buffer {
  // By way of a string: what `hash` returns as a Buffer is memory of its own, to be collected one by one.
  return Buffer.from(hash('sha256', data, 'binary'), 'binary');
}
