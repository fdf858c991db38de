import type { SessionRecord } from '../rules/session-record.js';

/** Maximum number of sessions per user, and the action when it is exceeded. */
export interface SessionLimit {
  readonly maxPerUser: number;
  readonly onLimitReached: 'evict-oldest' | 'reject';
}

/**
 * How long a store keeps a forwarding entry, in milliseconds: longer than any operation on a session takes, and longer
 * than a browser tab keeps an old cookie.
 */
export const FORWARD_MS = 15 * 60_000;

/** Maximum number of consecutive moves that a store follows. A session that moved more often is found by its user. */
export const MAX_FORWARDS = 64;

/** `evicted`: handles of the sessions that were ended to make room for the new one. */
export type CreateOutcome =
  { readonly created: true; readonly evicted: readonly string[] } | { readonly created: false };

/** Result of one batch of a sweep, or the information that another node is sweeping. */
export type SweepStep =
  | {
      readonly scannedKeys: number;
      /** Records that had expired. */
      readonly removedSessions: number;
      /** Index entries whose session no longer exists. */
      readonly prunedIndexEntries: number;
    }
  | { readonly skipped: 'leased-elsewhere' };

export interface SweepOptions {
  /** Maximum number of keys examined in one step. */
  readonly batchSize: number;
  /** Ends the sweep between two steps. */
  readonly signal: AbortSignal;
}

/**
 * Stores session records and the epoch. To use another database, implement this class and pass it as `store`, alone or
 * in a `StoreBackend`; the contract suite of `nestjs-session-kit/testing` checks the implementation.
 *
 * Every store guarantees:
 * - A record is returned equal to the one written, as after a JSON round trip, and shares no object with it.
 * - Each method is atomic, including the user's index: a list never shows an ended session and never misses a live one.
 * - No write restores a record that was ended; only `create` adds one.
 * - A record that has expired (`expiresAtMs`) may vanish at any moment; one that has not expired never does.
 * - Methods that end sessions return their handles, so that the revocations can be published.
 * - It may throw any error: the caller answers 503 and logs the message, which must not contain stored values.
 */
export abstract class SessionStore {
  /**
   * Adds a record and keeps the user's sessions within the limit: expired sessions are not counted, and the oldest by
   * `createdAtMs` are ended first. Idempotent: creating an existing handle changes nothing and reports `created`.
   */
  abstract create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome>;

  /** The record, or null if there is none. Changes nothing. */
  abstract read(handle: string): Promise<SessionRecord | null>;

  /**
   * The record of the session that has this handle, or had it before it moved; null if there is none. For operations on
   * a session whose handle may be out of date. Changes nothing.
   */
  abstract locate(handle: string): Promise<SessionRecord | null>;

  /**
   * Writes the record if the stored one has `expectedVersion`. Keeps the later of the stored and the written
   * `lastSeenAtMs`.
   * @returns false if the record does not exist or has another version
   */
  abstract replace(record: SessionRecord, expectedVersion: number): Promise<boolean>;

  /**
   * Ends `oldHandle` and adds the record under its own handle, if the stored one has `expectedVersion`. Both belong to
   * one user. `locate`, `delete` and `deleteByUser` find the session by `oldHandle` for 15 minutes or until its
   * absolute timeout, whichever is earlier; `read` and the writes do not.
   * @returns false if the old record does not exist or has another version
   */
  abstract move(
    oldHandle: string,
    record: SessionRecord,
    expectedVersion: number,
  ): Promise<boolean>;

  /**
   * Raises `lastSeenAtMs` and with it the time of expiry, and restores the handle to the index if it is missing. Never
   * lowers `lastSeenAtMs`, and does not change the version.
   * @returns false if the record does not exist
   */
  abstract touch(handle: string, lastSeenAtMs: number): Promise<boolean>;

  /**
   * Ends the session that has this handle, or had it before it moved.
   * @returns the handle that ended, or null if there was no such session
   */
  abstract delete(handle: string): Promise<string | null>;

  /**
   * Ends the sessions of a user.
   * @param exceptHandle keeps the session that has this handle, or had it before it moved
   * @returns the handles of the sessions that ended
   */
  abstract deleteByUser(userId: string, exceptHandle?: string): Promise<string[]>;

  /**
   * Ends every session of every user that was opened in an epoch before this one and existed at the call, including
   * sessions that move in the meantime.
   */
  abstract deleteBeforeEpoch(beforeEpoch: number): Promise<void>;

  /** The epoch in which sessions are opened: the number of times that all sessions were revoked. 0 in a new store. */
  abstract epoch(): Promise<number>;

  /**
   * Raises the epoch to `atLeast` if it is lower; never lowers it. A backend with a revocation log also publishes the
   * new epoch, as `{ type: 'everyone', epoch }`, in the same atomic step: both or neither.
   * @returns the epoch of the store after the call
   */
  abstract raiseEpoch(atLeast: number): Promise<number>;

  /** All records of a user, in any order; expired ones may be among them. */
  abstract list(userId: string): Promise<SessionRecord[]>;

  /**
   * Removes the remains of expired sessions and never anything of a live one. If several nodes share the store, one
   * sweeps at a time, and a node that died during a sweep does not block the others for long.
   */
  abstract sweep(options: SweepOptions): AsyncIterable<SweepStep>;

  /** Returns when the store answers. */
  abstract ping(): Promise<void>;
}
