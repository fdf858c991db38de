import type { KeyPurpose } from './key-ring.js';

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** What the key is for that signed the token. */
  readonly purpose: KeyPurpose;
  /** Which token is wanted here. */
  readonly wanted: KeyPurpose;
  readonly nowSeconds: number;
}

/** `expired` and `wrong-type` are told to the holder of a genuine token only, so the signature comes first. */
export type ClaimsValidation = 'valid' | 'expired' | 'wrong-type' | 'invalid';

/** How far the clock of another node may be ahead (RFC 7519 section 4.1.4). Expiry gets no leeway. */
const LEEWAY_SECONDS = 5;

/** The last second a Date can hold; a larger number is no point in time, and 1e308 would never expire. */
const MAX_DATE_SECONDS = 8_640_000_000_000;

/**
 * Judges the payload of a token whose signature holds, in this order: it is an object with the claims of our tokens, of
 * the right types; issuer and audience are ours, exactly; it is not from the future; it is of the wanted type; it has
 * not expired. `exp` equal to now has expired (RFC 7519 section 4.1.4).
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

/** RFC 8725bis section 3.9: one of the named audiences equals ours; no prefix, no pattern. */
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
