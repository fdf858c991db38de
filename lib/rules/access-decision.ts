import type { AccessClaims } from '../jwt/token-claims.js';
import { isLive, type SessionRecord } from './session-record.js';

/** `denied`: this one token was revoked. `outdated`: the claims of the session changed after it was issued. */
export type AccessDecision = 'valid' | 'ended' | 'denied' | 'outdated';

/** Decides by the record of its session whether a verified access token is still valid. */
export function decideAccess(
  claims: AccessClaims,
  record: SessionRecord | null,
  nowMs: number,
): AccessDecision {
  if (!record || record.userId !== claims.sub || !isLive(record, nowMs)) return 'ended';
  if (record.deniedTokens.some(({ jti }) => jti === claims.jti)) return 'denied';
  return claims.cver < record.claimsVersion ? 'outdated' : 'valid';
}
