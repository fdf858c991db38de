import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A CSRF token proves that a page could read our answers. It is an HMAC over what the browser sends by itself, so it
 * needs no store, is worthless in another browser, and ends with the cookie it is bound to.
 */

/** Bytes of HMAC-SHA256. */
const MAC_BYTES = 32;
/** Mask and masked MAC in base64url. */
const TOKEN = /^[\w-]{86}$/;

/** What a token is bound to: a session by its handle, or a browser by the random value of a cookie. */
export type CsrfBinding = `session:${string}` | `browser:${string}`;

/** A new spelling of the one token of this binding: compression of the page cannot leak it bit by bit (BREACH). */
export function makeCsrfToken(key: KeyObject, binding: CsrfBinding): string {
  const mask = randomBytes(MAC_BYTES);
  return Buffer.concat([mask, xor(mask, macOf(key, binding))]).toString('base64url');
}

/** Whether the token was made for one of the bindings with one of the keys, compared in constant time (ASVS 11.2.4). */
export function isCsrfToken(
  token: string | undefined,
  keys: readonly KeyObject[],
  bindings: readonly CsrfBinding[],
): boolean {
  if (token === undefined || !TOKEN.test(token)) return false;
  const bytes = Buffer.from(token, 'base64url');
  const mac = xor(bytes.subarray(0, MAC_BYTES), bytes.subarray(MAC_BYTES));
  return bindings.some((binding) => keys.some((key) => timingSafeEqual(mac, macOf(key, binding))));
}

function macOf(key: KeyObject, binding: CsrfBinding): Buffer {
  return createHmac('sha256', key).update(binding).digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  const result = Buffer.allocUnsafe(a.length);
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) ^ (b[i] as number);
  return result;
}
