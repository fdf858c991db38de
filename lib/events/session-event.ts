import type { Transport } from '../core/session.js';

/** When, who and where, as far as it is known (ASVS 16.2.1). The handle is public; no event carries a secret. */
export interface SessionEventContext {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly userId?: string | undefined;
  readonly handle?: string | undefined;
  /** Name of the session that outlives changes of its handle. */
  readonly lineage?: string | undefined;
  readonly ip?: string | undefined;
}

/**
 * Who ended sessions: the user by logging out (`logout`) or from the list (`user`), the app (`service`), a login in the
 * same browser (`login`), the limit per user (`cap`), or `claimsFor` (`claims`).
 */
export type RevokedBy = 'logout' | 'user' | 'service' | 'login' | 'cap' | 'claims';

/** What happened, without its context. */
export type SessionEventPayload =
  | { readonly type: 'session.created'; readonly transport: Transport }
  /** A refresh token was rotated. */
  | { readonly type: 'session.refreshed' }
  /** A refresh token came again within the grace and got the same successor. */
  | { readonly type: 'session.replayed' }
  /** A refresh token came again after that, so its session ended. */
  | { readonly type: 'session.reused'; readonly reuse: 'recent' | 'stale'; readonly ageMs: number }
  | { readonly type: 'session.regenerated'; readonly previousHandle: string }
  | { readonly type: 'session.revoked'; readonly by: RevokedBy; readonly count: number }
  /** An access token was revoked by itself; its session lives. */
  | { readonly type: 'token.revoked' }
  /** Sessions of all users ended. */
  | { readonly type: 'everyone.revoked' }
  /** Seen when a request brought it. */
  | { readonly type: 'session.expired' }
  | { readonly type: 'login.failed'; readonly reason: string }
  | { readonly type: 'csrf.rejected'; readonly reason: string }
  | { readonly type: 'rate-limit.exceeded'; readonly policy: string }
  | { readonly type: 'store.unavailable'; readonly reason: string }
  | { readonly type: 'store.available' };

/** Everything the kit tells about, for audit and figures. */
export type SessionEvent = SessionEventContext & SessionEventPayload;

/** An event as its source hands it in: the time is added. */
export type SessionEventInput = Omit<SessionEventContext, 'time'> & SessionEventPayload;

export type SessionEventType = SessionEvent['type'];
