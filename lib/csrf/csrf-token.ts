import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { HmacKey } from '../core/hmac.js';

/**
 * A CSRF token proves that a page could read a response of the app. It is an HMAC over a value that the browser sends
 * by itself, so it needs no store, is worthless in another browser, and ends with the cookie to which it is bound.
 */

/** Bytes of HMAC-SHA256. */
const MAC_BYTES = 32;
/** Characters of a mask and a masked MAC in base64url. */
const TOKEN_LENGTH = 86;

/**
 * The credential or cookie to which a token belongs: the handle of a cookie session, a login by its lineage and time of
 * authentication if the cookies hold tokens, or before login the random value of a cookie.
 */
export type CsrfBinding = `session:${string}` | `login:${string}` | `browser:${string}`;

/** A new spelling of the same token for this binding: compression of the page cannot leak it bit by bit (BREACH). */
export function makeCsrfToken(key: HmacKey, binding: CsrfBinding): string {
  return masked(randomBytes(MAC_BYTES), key.mac(binding)).toString('base64url');
}

/** Whether the token was issued for this binding with one of the keys, compared in constant time (ASVS 11.2.4). */
export function isCsrfToken(
  token: string,
  keys: readonly HmacKey[],
  binding: CsrfBinding,
): boolean {
  if (token.length !== TOKEN_LENGTH) return false;
  const bytes = Buffer.from(token, 'base64url');
  // Decoding skips characters outside the two base64 alphabets.
  if (bytes.length !== 2 * MAC_BYTES) return false;
  const mac = unmasked(bytes);
  return keys.some((key) => timingSafeEqual(mac, key.mac(binding)));
}

function masked(mask: Buffer, mac: Buffer): Buffer {
  return Buffer.concat([mask, mac.map((byte, at) => byte ^ (mask[at] as number))]);
}

/** Modifies the buffer in place, because this runs on every unsafe request. */
function unmasked(token: Buffer): Buffer {
  for (let at = 0; at < MAC_BYTES; at++) {
    token[at] = (token[at] as number) ^ (token[at + MAC_BYTES] as number);
  }
  return token.subarray(0, MAC_BYTES);
}
