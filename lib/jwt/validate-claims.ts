import type { KeyPurpose } from './key-ring.js';

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** The purpose of the key that signed the token. */
  readonly purpose: KeyPurpose;
  /** The expected purpose. */
  readonly wanted: KeyPurpose;
  readonly nowSeconds: number;
}

/** `expired` and `wrong-type` are revealed only to the holder of a genuine token, so the signature is checked first. */
export type ClaimsValidation = 'valid' | 'expired' | 'wrong-type' | 'invalid';

/** Maximum lead of the clock of another node (RFC 7519 section 4.1.4). Expiry gets no leeway. */
const LEEWAY_SECONDS = 5;

/** The last second that a Date can represent; a larger number is not a point in time, and 1e308 would never expire. */
const MAX_DATE_SECONDS = 8_640_000_000_000;

/**
 * Checks the payload of a token with a valid signature, in this order: it is an object with the claims of this
 * package's tokens, of the right types; issuer and audience match exactly; it is not from the future; it is of the
 * expected type; it has not expired. `exp` equal to now has expired (RFC 7519 section 4.1.4).
 */
export function validateClaims(payload: unknown, rules: ClaimRules): ClaimsValidation {
  if (typeof payload !== 'object' || payload === null) return 'invalid';
  const claims = payload as Record<string, unknown>;
  const { sub, sid, jti, iss, aud, iat, exp, nbf } = claims;
  if (!isText(sub) || !isText(sid) || !isText(jti)) return 'invalid';
  if (!isNumericDate(iat) || !isNumericDate(exp)) return 'invalid';
  if (nbf !== undefined && !isNumericDate(nbf)) return 'invalid';
  if (iss !== rules.issuer || !matchesAudience(rules.audience, aud)) return 'invalid';
  const latest = rules.nowSeconds + LEEWAY_SECONDS;
  if (iat > latest || (nbf !== undefined && nbf > latest)) return 'invalid';
  if (!hasClaimsOf(rules.purpose, claims)) return 'invalid';
  if (rules.purpose !== rules.wanted) return 'wrong-type';
  return exp <= rules.nowSeconds ? 'expired' : 'valid';
}

/** RFC 8725bis section 3.9: one of the audiences of the token equals the configured one; no prefix, no pattern. */
function matchesAudience(audience: string, aud: unknown): boolean {
  return Array.isArray(aud) ? aud.includes(audience) : aud === audience;
}

function hasClaimsOf(purpose: KeyPurpose, claims: Record<string, unknown>): boolean {
  const { type, cver, epoch } = claims;
  return purpose === 'access'
    ? type === 'access' && isNumericDate(claims['auth_time']) && isCount(cver) && isCount(epoch)
    : type === 'refresh' && isCount(claims['gen']);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_DATE_SECONDS;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
