import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { randomId } from '../core/random.js';
import { SessionError } from '../core/session-error.js';
import { Deadline } from '../resilience/timeout.js';
import { KeyedMutex } from '../resilience/keyed-mutex.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { SessionStore } from './session-store.js';
import { timers } from '../core/timers.js';

/**
 * What a rule decided on a record: the result for the caller, and the record to write where something changes. A record
 * under another handle moves the session there.
 */
export interface Update<T> {
  readonly result: T;
  readonly write?: SessionRecord;
}

/** A write with the caller's result, which counts once the write stands. */
interface Attempt<T> {
  readonly record: SessionRecord;
  readonly result: T;
  /** Access tokens with older claims no longer count. */
  readonly claimsChanged: boolean;
}

/** Up to this long a loser waits before it tries again, so that two processes do not collide again at once. */
const BACKOFF_MS = 8;

/**
 * Changes sessions: read, decide, compare and set. The rules are functions that are passed in, and run again when
 * another process was faster, so no update is lost and none is applied twice.
 */
@Injectable()
export class SessionUpdater {
  readonly #mutex = new KeyedMutex();

  constructor(
    private readonly store: SessionStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Changes the session that has this handle.
   * @param decide gets the record, null when there is none, and the time; may be called several times
   * @throws SessionError `STORE_UNAVAILABLE` when the store fails, or other writers win until the deadline
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
   * As `update`, also when the session has moved and had this handle before. Not for what makes or uses a credential: the
   * holder of an old one must gain nothing. `decide` leaves the handle as it is.
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
    /** Its answer was lost: it may have been applied. */
    let lost: Attempt<T> | undefined;
    /** The store says that another write was faster. It was one's own where a client of a Cluster sent it again. */
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

  /** A move is announced before it happens: with the old record goes what nodes could learn about the old handle. */
  async #write({ handle, version }: SessionRecord, next: SessionRecord): Promise<boolean> {
    if (next.handle === handle) return this.store.replace(next, version);
    await this.store.publish([{ type: 'recheck', handle }]);
    return this.store.move(handle, next, version);
  }

  /** New claims are announced when they stand: before that, a refresh could not bring them. */
  async #complete<T>({ record, result, claimsChanged }: Attempt<T>): Promise<T> {
    const { handle, claimsVersion } = record;
    if (claimsChanged) await this.store.publish([{ type: 'claims', handle, claimsVersion }]);
    return result;
  }
}

/**
 * Whether a write whose answer was lost is the one that stands. When others wrote after it could have been applied, nobody
 * can tell: the caller hears 503 rather than have its change applied twice, or its own rotation taken for theft.
 */
function wasApplied(lost: SessionRecord, standing: SessionRecord | null): boolean {
  if (standing?.writeId === lost.writeId) return true;
  if (standing && standing.version > lost.version) throw new SessionError('STORE_UNAVAILABLE');
  return false;
}

/** An update that writes what `change` makes of a live session; the result is undefined where there is none. */
export function whileLive<T extends { readonly record: SessionRecord }>(
  change: (record: SessionRecord, nowMs: number) => T,
): (record: SessionRecord | null, nowMs: number) => Update<T | undefined> {
  return (record, nowMs) => {
    if (!record || !isLive(record, nowMs)) return { result: undefined };
    const result = change(record, nowMs);
    return { result, write: result.record };
  };
}
