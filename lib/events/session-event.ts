import type { Transport } from '../core/session.js';

/**
 * The time, user and origin of an event, as far as they are known (ASVS 16.2.1). The handle is public; no event carries
 * a secret.
 */
export interface SessionEventContext {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly userId?: string | undefined;
  readonly handle?: string | undefined;
  /** Identifier of the session that stays the same when its handle changes. */
  readonly lineage?: string | undefined;
  readonly ip?: string | undefined;
}

/**
 * The cause of a revocation: the user by logging out (`logout`) or from the list (`user`), the application (`service`),
 * a login in the same browser (`login`), the limit per user (`cap`), or `claimsFor` (`claims`).
 */
export type RevokedBy = 'logout' | 'user' | 'service' | 'login' | 'cap' | 'claims';

/**
 * Why a state was refused: the browser has no cookie for it (`missing`), the cookie belongs to another purpose or key
 * (`foreign`), it has expired (`expired`), or it was taken before (`used`).
 */
export type StateRejection = 'missing' | 'foreign' | 'expired' | 'used';

/** An event without its context. */
export type SessionEventPayload =
  | { readonly type: 'session.created'; readonly transport: Transport }
  /** A refresh token was rotated. */
  | { readonly type: 'session.refreshed' }
  /** The previous refresh token was used again within the grace and yielded the same successor. */
  | { readonly type: 'session.replayed' }
  /** A replaced refresh token was used outside the grace, so its session ended. */
  | { readonly type: 'session.reused'; readonly reuse: 'recent' | 'stale'; readonly ageMs: number }
  | { readonly type: 'session.regenerated'; readonly previousHandle: string }
  | { readonly type: 'session.revoked'; readonly by: RevokedBy; readonly count: number }
  /** An access token was revoked individually; its session is still live. */
  | { readonly type: 'token.revoked' }
  /** Sessions of all users ended. */
  | { readonly type: 'everyone.revoked' }
  /** Emitted when a request presents an expired session. */
  | { readonly type: 'session.expired' }
  | { readonly type: 'login.failed'; readonly reason: string }
  | { readonly type: 'csrf.rejected'; readonly reason: string }
  | { readonly type: 'rate-limit.exceeded'; readonly policy: string }
  /** `TransientState.take` refused a state. */
  | { readonly type: 'state.rejected'; readonly purpose: string; readonly reason: StateRejection }
  | { readonly type: 'store.unavailable'; readonly reason: string }
  | { readonly type: 'store.available' };

/** Every event of the package, for audit and metrics. */
export type SessionEvent = SessionEventContext & SessionEventPayload;

/** An event as its source emits it; the time is added later. */
export type SessionEventInput = Omit<SessionEventContext, 'time'> & SessionEventPayload;

export type SessionEventType = SessionEvent['type'];
