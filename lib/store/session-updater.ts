import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { randomId } from '../core/random.js';
import { SessionError } from '../core/session-error.js';
import { Deadline } from '../resilience/timeout.js';
import { KeyedMutex } from '../resilience/keyed-mutex.js';
import { isHandle } from '../rules/handle.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { RevocationLog } from './revocation-log.js';
import { SessionStore } from './session-store.js';
import { timers } from '../core/timers.js';

/**
 * The decision about a record: the result for the caller, and the record to write if something changes. A record with
 * another handle moves the session to it.
 */
export interface Update<T> {
  readonly result: T;
  readonly write?: SessionRecord;
}

/** A write with the result for the caller, which is valid once the write is stored. */
interface Attempt<T> {
  readonly record: SessionRecord;
  readonly result: T;
  /** Access tokens with older claims are no longer valid. */
  readonly claimsChanged: boolean;
}

/** Maximum random delay before a retry, so that two processes do not collide again immediately. */
const BACKOFF_MS = 8;

/**
 * Changes sessions: read, decide, compare and set. The decisions are functions passed by the caller. They run again if
 * another process was faster, so no update is lost and none is applied twice.
 */
@Injectable()
export class SessionUpdater {
  readonly #mutex = new KeyedMutex();

  constructor(
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes the session that has this handle.
   * @param decide receives the record, null if there is none, and the time; may be called several times
   * @throws SessionError `STORE_UNAVAILABLE` if the store fails, or if other writers win until the deadline
   */
  update<T>(
    handle: string,
    decide: (record: SessionRecord | null, nowMs: number) => Update<T>,
  ): Promise<T> {
    const read = (): Promise<SessionRecord | null> => this.store.read(handle);
    return this.#mutex.runExclusive(handle, (deadline) =>
      this.#update(handle, read, decide, deadline),
    );
  }

  /**
   * As `update`, but also finds a session that moved and had this handle before. Must not be used to issue or use a
   * credential: the holder of an old one must gain nothing. `decide` keeps the handle unchanged.
   */
  updateForwarded<T>(
    handle: string,
    decide: (record: SessionRecord | null, nowMs: number) => Update<T>,
  ): Promise<T> {
    const read = (): Promise<SessionRecord | null> => this.#readForwarded(handle);
    return this.#mutex.runExclusive(handle, (deadline) =>
      this.#update(handle, read, decide, deadline),
    );
  }

  /**
   * As `update` or `updateForwarded`, for a live session.
   * @param change returns the record to write, and other values for the caller
   * @throws SessionError `SESSION_ENDED` if there is no live session with this handle
   */
  async updateLive<T extends { readonly record: SessionRecord }>(
    how: 'update' | 'updateForwarded',
    handle: string,
    change: (record: SessionRecord, nowMs: number) => T,
  ): Promise<T> {
    if (!isHandle(handle)) throw new SessionError('SESSION_ENDED');
    const changed = await this[how](handle, whileLive(change));
    if (!changed) throw new SessionError('SESSION_ENDED');
    return changed;
  }

  async #readForwarded(handle: string): Promise<SessionRecord | null> {
    const record = await this.store.read(handle);
    if (record) return record;
    const moved = await this.store.locate(handle);
    return moved && moved.handle !== handle ? this.#readForwarded(moved.handle) : null;
  }

  async #update<T>(
    handle: string,
    read: () => Promise<SessionRecord | null>,
    decide: (record: SessionRecord | null, nowMs: number) => Update<T>,
    deadline: Deadline,
  ): Promise<T> {
    /** Its answer was lost, so it may have been applied. */
    let lost: Attempt<T> | undefined;
    /** The store reported a faster write, which may be this one if a Cluster client sent it twice. */
    let refused: Attempt<T> | undefined;
    for (;;) {
      const record = await read();
      const standing = (own: SessionRecord) =>
        own.handle === handle || own.lineage === record?.lineage
          ? record
          : this.store.read(own.handle);
      if (refused && (await standing(refused.record))?.writeId === refused.record.writeId) {
        return this.#complete(refused);
      }
      if (lost && wasApplied(lost.record, await standing(lost.record))) return this.#complete(lost);

      const { write, result } = decide(record, this.clock.nowMs());
      if (!record || !write) return result;

      const attempt = {
        record: { ...write, version: record.version + 1, writeId: randomId() },
        result,
        claimsChanged: write.claimsVersion > record.claimsVersion,
      };
      try {
        if (await this.#write(record, attempt.record)) return this.#complete(attempt);
        refused = attempt;
      } catch (error) {
        if (lost || deadline.passed) throw error;
        lost = attempt;
        continue;
      }
      if (deadline.passed) throw new SessionError('STORE_UNAVAILABLE');
      await timers.sleep(Math.random() * BACKOFF_MS);
    }
  }

  /** Published before the move: once the old record is gone, nodes can no longer look up the old handle. */
  async #write({ handle, version }: SessionRecord, next: SessionRecord): Promise<boolean> {
    if (next.handle === handle) return this.store.replace(next, version);
    await this.log.publish([{ type: 'recheck', handle }]);
    return this.store.move(handle, next, version);
  }

  /** New claims are published after the write: before it, a refresh could not supply them. */
  async #complete<T>({ record, result, claimsChanged }: Attempt<T>): Promise<T> {
    const { handle, claimsVersion } = record;
    if (claimsChanged) await this.log.publish([{ type: 'claims', handle, claimsVersion }]);
    return result;
  }
}

/**
 * Whether a write whose answer was lost was applied. If others wrote after it could have been applied, this cannot be
 * determined: the caller gets 503, so that its change is not applied twice and its own rotation is not taken for theft.
 */
function wasApplied(lost: SessionRecord, standing: SessionRecord | null): boolean {
  if (standing?.writeId === lost.writeId) return true;
  if (standing && standing.version > lost.version) throw new SessionError('STORE_UNAVAILABLE');
  return false;
}

/** An update that writes the result of `change` for a live session; the result is undefined if there is none. */
export function whileLive<T extends { readonly record: SessionRecord }>(
  change: (record: SessionRecord, nowMs: number) => T,
): (record: SessionRecord | null, nowMs: number) => Update<T | undefined> {
  return (record, nowMs) => {
    if (!record || !isLive(record, nowMs)) return { result: undefined };
    const result = change(record, nowMs);
    return { result, write: result.record };
  };
}
