import { isUtf8 } from 'node:buffer';

/**
 * The compact form of a JWT (RFC 7515 section 7.1), parsed strictly: only the canonical base64url of each part is
 * accepted, so the same bytes have only one form (RFC 8725bis section 3.14). The same claims can have a second form:
 * the holder of an ECDSA token can compute a second valid signature (r, n - s). Tokens are therefore revoked by `jti`,
 * never by their text, and the cache of verified tokens compares the whole token.
 */

/** Maximum length of a token. Longer ones are refused before any decoding, and never issued. */
export const MAX_TOKEN_LENGTH = 8192;

export interface JwtHeader {
  readonly alg: string;
  readonly typ: string;
  readonly kid: string;
}

const THREE_PARTS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Last characters whose unused bits are zero, by the length of the last group of four; a length of 1 is not base64url.
 */
const LAST_CHARACTERS = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048'];

const HEADER_NAMES = ['alg', 'kid', 'typ'];

/** Whether the text consists of three non-empty canonical base64url parts of bounded length. */
export function isCompactJwt(token: unknown): token is string {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return false;
  if (!THREE_PARTS.test(token)) return false;
  const payload = token.indexOf('.') + 1;
  const signature = token.indexOf('.', payload) + 1;
  return (
    isCanonical(token, 0, payload - 1) &&
    isCanonical(token, payload, signature - 1) &&
    isCanonical(token, signature, token.length)
  );
}

/** Whether the unused trailing bits of a base64url part are zero. Any other spelling decodes to the same bytes. */
function isCanonical(token: string, start: number, end: number): boolean {
  const allowed = LAST_CHARACTERS[(end - start) % 4];
  return allowed === undefined || allowed.includes(token.charAt(end - 1));
}

/** Whether the payload is UTF-8 (RFC 8725bis section 3.7): decoding would replace invalid bytes with other text. */
export function hasUtf8Payload(token: string): boolean {
  const payload = token.slice(token.indexOf('.') + 1, token.lastIndexOf('.'));
  return isUtf8(Buffer.from(payload, 'base64url'));
}

/**
 * The header, if it has exactly `alg`, `kid` and `typ`, each once and a string. `crit`, `b64`, `jwk`, `jku`, `x5c` and
 * any other parameter that could affect the verification are refused, because they are not among the three.
 */
export function parseJwtHeader(encoded: string): JwtHeader | undefined {
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(encoded, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return undefined;
  const names = Object.keys(header).toSorted();
  if (names.length !== HEADER_NAMES.length || names.some((name, i) => name !== HEADER_NAMES[i]))
    return undefined;
  if (Object.values(header).some((value) => typeof value !== 'string')) return undefined;
  // JSON.parse keeps the last of two equal names and drops white space, and decoding replaces bytes that are not UTF-8;
  // only a header that serialises to the same text was unambiguous.
  const again = Buffer.from(JSON.stringify(header)).toString('base64url');
  return again === encoded ? (header as JwtHeader) : undefined;
}
