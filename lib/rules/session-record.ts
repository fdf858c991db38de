import type {
  Device,
  Session,
  SessionClaims,
  SessionData,
  SessionUser,
  Transport,
} from '../core/session.js';

/** The id and times from which a refresh token can be signed again. Times in epoch seconds, as in the token. */
export interface RefreshStamp {
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
}

/** The current refresh token of a session and the one before it; no other is valid. */
export interface RefreshState {
  /** Number of rotations before `current`. */
  readonly gen: number;
  readonly current: RefreshStamp;
  /** The token that `current` replaced. */
  readonly previous?: RefreshStamp;
  /** When `current` was issued, epoch milliseconds of the store. */
  readonly rotatedAtMs: number;
}

/** An access token that was revoked individually; kept until its own `exp`, in epoch seconds. */
export interface DeniedToken {
  readonly jti: string;
  readonly exp: number;
}

/** The data that the store keeps for a session. Plain JSON; times are epoch milliseconds. */
export interface SessionRecord {
  readonly handle: string;
  /** Grows by one with each write; a write names the version on which it was decided. */
  readonly version: number;
  /** Random for each write, so that a writer whose answer was lost recognises its own write. */
  readonly writeId: string;
  readonly userId: string;
  /** The epoch in which the session was opened; sessions of an earlier epoch have ended. */
  readonly epoch: number;
  /** Unchanged when the handle changes. */
  readonly lineage: string;
  readonly transport: Transport;
  /** Whether the browser keeps the cookies after it is closed. */
  readonly persistent: boolean;
  readonly claims: SessionClaims;
  /** Grows when the claims change; access tokens with a lower version are refused. */
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
   * HMAC of the handle under a key of the app that wrote the record. Absent in records of versions without record
   * binding.
   */
  readonly handleMac?: string;
  readonly deniedTokens: readonly DeniedToken[];
}

/** When an unused session ends: at its idle or absolute timeout, whichever comes first. */
export function expiresAtMs(record: SessionRecord): number {
  return Math.min(record.lastSeenAtMs + record.idleTimeoutMs, record.absoluteExpiresAtMs);
}

export function isLive(record: SessionRecord, nowMs: number): boolean {
  return nowMs < expiresAtMs(record);
}

export function toUser(record: SessionRecord): SessionUser {
  return Object.freeze({ id: record.userId, ...record.claims });
}

/** The session as the app receives it. */
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
