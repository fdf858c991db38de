import type { Revocation, RevocationSubscriber, RevocationSubscription } from './revocation.js';
import type { SessionRecord } from '../rules/session-record.js';

/** How many sessions a user may have, and what happens beyond. */
export interface SessionLimit {
  readonly maxPerUser: number;
  readonly onLimitReached: 'evict-oldest' | 'reject';
}

/**
 * How long a store remembers where a session moved, in milliseconds: longer than any work on a session takes, and than a
 * tab of a browser keeps an old cookie.
 */
export const FORWARD_MS = 15 * 60_000;

/** Most moves in a row that a store follows. A session that moved more often in that time is found by its user. */
export const MAX_FORWARDS = 64;

/** `evicted`: handles of the sessions that had to end for the new one. */
export type CreateOutcome =
  { readonly created: true; readonly evicted: readonly string[] } | { readonly created: false };

/** What one batch of a sweep did; or that another node is at it. */
export type SweepStep =
  | {
      readonly scannedKeys: number;
      /** Records whose time was over. */
      readonly removedSessions: number;
      /** Index entries of sessions that are gone. */
      readonly prunedIndexEntries: number;
    }
  | { readonly skipped: 'leased-elsewhere' };

export interface SweepOptions {
  /** Most keys looked at in one step. */
  readonly batchSize: number;
  /** Ends the sweep between two steps. */
  readonly signal: AbortSignal;
}

/**
 * Where sessions are kept. Write one for another database and pass it as `store`; the suite of
 * `nestjs-session-kit/testing` proves it.
 *
 * Promises of every store:
 * - A record comes back equal to what was written, as JSON would bring it back, and shares nothing with it.
 * - Each method is atomic, the user's index included: a list never shows what was ended and never misses what lives.
 * - No write brings back a record that was ended; only `create` makes one.
 * - A record whose time is over (`expiresAtMs`) may vanish at any moment; one whose time is not over never does.
 * - What ends sessions returns their handles, so that they can be announced.
 * - It may throw anything: the caller answers 503 and logs the message, which must not hold stored values.
 */
export abstract class SessionStore {
  /**
   * Adds a record and keeps the user's sessions within the limit: expired ones do not count, the oldest by `createdAtMs`
   * are ended first. Idempotent: creating a handle that is there changes nothing and reports `created`.
   */
  abstract create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome>;

  /** The record, or null when there is none. Changes nothing. */
  abstract read(handle: string): Promise<SessionRecord | null>;

  /**
   * The record of the session that has this handle, or had it before it moved; null when there is none. For work on a
   * session that was asked for under a handle that may be old by now. Changes nothing.
   */
  abstract locate(handle: string): Promise<SessionRecord | null>;

  /**
   * Writes the record when the stored one has `expectedVersion`. The later of the stored and the written
   * `lastSeenAtMs` is kept.
   * @returns false when the record is gone or has another version
   */
  abstract replace(record: SessionRecord, expectedVersion: number): Promise<boolean>;

  /**
   * Ends `oldHandle` and adds the record under its own handle, when the stored one has `expectedVersion`. Both belong
   * to one user. `locate`, `delete` and `deleteByUser` find the session by `oldHandle` for 15 minutes or until its absolute
   * timeout, whichever is earlier; `read` and the writes do not.
   * @returns false when the old record is gone or has another version
   */
  abstract move(
    oldHandle: string,
    record: SessionRecord,
    expectedVersion: number,
  ): Promise<boolean>;

  /**
   * Raises `lastSeenAtMs` and with it the time of expiry, and puts the handle back into the index should it be missing.
   * Never lowers it, and leaves the version.
   * @returns false when the record is gone
   */
  abstract touch(handle: string, lastSeenAtMs: number): Promise<boolean>;

  /**
   * Ends the session that has this handle, or had it before it moved.
   * @returns the handle that ended, or null when there was no such session
   */
  abstract delete(handle: string): Promise<string | null>;

  /**
   * Ends the sessions of a user.
   * @param exceptHandle keeps the session that has this handle, or had it before it moved
   * @returns handles of what was ended
   */
  abstract deleteByUser(userId: string, exceptHandle?: string): Promise<string[]>;

  /**
   * Ends every session of every user that was opened in an epoch before this one, and was there at the call, also one that
   * moves meanwhile.
   */
  abstract deleteBeforeEpoch(beforeEpoch: number): Promise<void>;

  /** The epoch that sessions are opened in: how often everyone has been logged out. 0 in a new store. */
  abstract epoch(): Promise<number>;

  /**
   * Raises the epoch to `atLeast` where it is lower and publishes it, both or neither. Never lowers it.
   * @returns the epoch of the store after the call
   */
  abstract raiseEpoch(atLeast: number): Promise<number>;

  /** All records of a user, in any order; expired ones may be among them. */
  abstract list(userId: string): Promise<SessionRecord[]>;

  /**
   * Tells all followers, on every node that shares the store. When it returns, none of them can miss it: a follower that
   * cannot be reached finds it when it is back, or learns that it has a gap.
   */
  abstract publish(revocations: readonly Revocation[]): Promise<void>;

  /** Tells the follower what is announced, from now until it is closed. What `RevocationSubscriber` says is the contract. */
  abstract subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription>;

  /**
   * Removes what expiry left behind, and never anything of a session that lives. Where several nodes share the store, one
   * sweeps at a time, and a node that died in the middle keeps no other from it for long.
   */
  abstract sweep(options: SweepOptions): AsyncIterable<SweepStep>;

  /** Returns when the store answers. */
  abstract ping(): Promise<void>;
}
