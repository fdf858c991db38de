import type { AccessClaims } from '../jwt/token-claims.js';
import { isLive, type SessionRecord } from './session-record.js';

/** `denied`: this one token was revoked. `outdated`: the claims of the session changed after it was made. */
export type AccessDecision = 'valid' | 'ended' | 'denied' | 'outdated';

/** Whether a verified access token still counts, by the record of its session. */
export function decideAccess(
  claims: AccessClaims,
  record: SessionRecord | null,
  nowMs: number,
): AccessDecision {
  if (!record || record.userId !== claims.sub || !isLive(record, nowMs)) return 'ended';
  if (record.deniedTokens.some(({ jti }) => jti === claims.jti)) return 'denied';
  return claims.cver < record.claimsVersion ? 'outdated' : 'valid';
}
