import type { RefreshClaims } from '../jwt/token-claims.js';
import { isLive, type RefreshStamp, type SessionRecord } from './session-record.js';

/** How recently a reused token was current: `recent` is the one that was just replaced, `stale` any older one. */
type ReuseClass = 'recent' | 'stale';

export type RefreshDecision =
  /** Issue the next token, with `gen` one above the presented one, which becomes the previous one. */
  | { readonly outcome: 'rotate'; readonly gen: number; readonly previous: RefreshStamp }
  /** Answer with the successor that was already issued. */
  | { readonly outcome: 'replay' }
  /** A token that was already replaced: two parties hold the chain, so the session ends (RFC 9700 section 4.14.2). */
  | { readonly outcome: 'reused'; readonly reuse: ReuseClass; readonly ageMs: number }
  | { readonly outcome: 'ended' }
  | { readonly outcome: 'expired' };

export interface RefreshFacts {
  /** Claims of a refresh token whose signature and expiry were checked. */
  readonly presented: RefreshClaims;
  readonly record: SessionRecord | null;
  readonly nowMs: number;
  readonly graceMs: number;
}

/**
 * Decides about a refresh token, in this order:
 * 1. The session does not exist, or has no refresh token: `ended`. It has expired: `expired`.
 * 2. The token is the current one: `rotate`.
 * 3. It is newer than the one in the store, which lost a rotation in a failover: `rotate` from the presented one.
 * 4. It is the token that was just replaced, within the grace: `replay`. The grace begins at the rotation and is never
 *    extended, and the answer is the existing successor, so the rotation cannot fork.
 * 5. Anything else: `reused`.
 */
export function decideRefresh({
  presented,
  record,
  nowMs,
  graceMs,
}: RefreshFacts): RefreshDecision {
  if (!record?.refresh || record.userId !== presented.sub) return { outcome: 'ended' };
  if (!isLive(record, nowMs)) return { outcome: 'expired' };
  const { gen, current, previous, rotatedAtMs } = record.refresh;
  if (presented.jti === current.jti || presented.gen > gen) {
    const { jti, iat, exp } = presented;
    return { outcome: 'rotate', gen: presented.gen + 1, previous: { jti, iat, exp } };
  }
  // Clocks of nodes may differ by the error of their offsets; a rotation is never in the future.
  const ageMs = Math.max(0, nowMs - rotatedAtMs);
  const justReplaced = presented.jti === previous?.jti;
  if (justReplaced && ageMs < graceMs) return { outcome: 'replay' };
  return { outcome: 'reused', reuse: justReplaced ? 'recent' : 'stale', ageMs };
}
