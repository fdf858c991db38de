import type {
  Device,
  Session,
  SessionClaims,
  SessionData,
  SessionUser,
  Transport,
} from '../core/session.js';

/** One refresh token, as much of it as makes it again. Times in epoch seconds, as in the token. */
export interface RefreshStamp {
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** The current refresh token of a session and the one before it; no other counts. */
export interface RefreshState {
  /** How many rotations came before `current`. */
  readonly gen: number;
  readonly current: RefreshStamp;
  /** The token that `current` replaced. */
  readonly previous?: RefreshStamp;
  /** When `current` was made, epoch milliseconds of the store. */
  readonly rotatedAtMs: number;
}

/** An access token that was revoked by itself; kept until its own `exp`, in epoch seconds. */
export interface DeniedToken {
  readonly jti: string;
  readonly exp: number;
}

/** What the store keeps of a session. Plain JSON; times are epoch milliseconds. */
export interface SessionRecord {
  readonly handle: string;
  /** Grows by one with each write; a write names the version it was decided on. */
  readonly version: number;
  /** Random for each write, so that a writer whose answer was lost knows its own write again. */
  readonly writeId: string;
  readonly userId: string;
  /** How often everyone had been logged out when it was opened; sessions of an earlier epoch have ended. */
  readonly epoch: number;
  /** Stays when the handle changes. */
  readonly lineage: string;
  readonly transport: Transport;
  /** Whether the browser keeps its cookies when it is closed. */
  readonly persistent: boolean;
  readonly claims: SessionClaims;
  /** Grows when the claims change; access tokens of an older version are refused. */
  readonly claimsVersion: number;
  readonly data: SessionData;
  readonly device: Device;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly authenticatedAtMs: number;
  readonly idleTimeoutMs: number;
  readonly absoluteExpiresAtMs: number;
  readonly refresh?: RefreshState;
  /**
   * HMAC of the handle under a key of the app that wrote the record. Absent in records of versions that did not bind
   * them.
   */
  readonly handleMac?: string;
  readonly deniedTokens: readonly DeniedToken[];
}

/** When the session ends if nobody uses it: idle or absolute timeout, whichever comes first. */
export function expiresAtMs(record: SessionRecord): number {
  return Math.min(record.lastSeenAtMs + record.idleTimeoutMs, record.absoluteExpiresAtMs);
}

export function isLive(record: SessionRecord, nowMs: number): boolean {
  return nowMs < expiresAtMs(record);
}

export function toUser(record: SessionRecord): SessionUser {
  return Object.freeze({ id: record.userId, ...record.claims });
}

/** The session as the app sees it. */
export function toSession(record: SessionRecord): Session {
  return {
    handle: record.handle,
    transport: record.transport,
    user: toUser(record),
    data: record.data,
    device: record.device,
    createdAt: new Date(record.createdAtMs),
    lastSeenAt: new Date(record.lastSeenAtMs),
    authenticatedAt: new Date(record.authenticatedAtMs),
    expiresAt: new Date(expiresAtMs(record)),
  };
}
