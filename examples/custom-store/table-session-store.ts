import {
  type Clock,
  type CreateOutcome,
  decodeRecord,
  encodeRecord,
  expiresAtMs,
  FORWARD_MS,
  MAX_FORWARDS,
  type RevocationSettings,
  type SessionLimit,
  type SessionRecord,
  SessionStore,
  type SweepOptions,
  type SweepStep,
  userDigest,
} from 'nestjs-session-kit';
import type { Database, SessionRow } from './database.js';
import { appendRevocation, dropRevocations } from './table-revocation-log.js';

/** Sessions in tables. Every method is one transaction. */
export class TableSessionStore extends SessionStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly revocation: RevocationSettings,
  ) {
    super();
  }

  create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    return this.database.transaction(() => {
      if (this.#row(record.handle)) return { created: true, evicted: [] };
      const rows = this.#rowsOf(record.userId).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
      const surplus = Math.max(0, rows.length + 1 - limit.maxPerUser);
      if (surplus > 0 && limit.onLimitReached === 'reject') return { created: false };
      const evicted = rows.slice(0, surplus).map(({ handle }) => handle);
      for (const handle of evicted) this.database.sessions.delete(handle);
      this.#write(record);
      return { created: true, evicted };
    });
  }

  read(handle: string): Promise<SessionRecord | null> {
    return this.database.transaction(() => recordOf(this.#row(handle)));
  }

  locate(handle: string): Promise<SessionRecord | null> {
    return this.database.transaction(() => recordOf(this.#row(this.#currentHandle(handle))));
  }

  replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.database.transaction(() => {
      const row = this.#row(record.handle);
      if (row?.version !== expectedVersion) return false;
      const lastSeenAtMs = Math.max(row.lastSeenAtMs, record.lastSeenAtMs);
      this.#write({ ...record, lastSeenAtMs });
      return true;
    });
  }

  move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.database.transaction(() => {
      if (this.#row(oldHandle)?.version !== expectedVersion) return false;
      this.database.sessions.delete(oldHandle);
      this.#write(record);
      const forwardedUntilMs = Math.min(
        this.clock.nowMs() + FORWARD_MS,
        record.absoluteExpiresAtMs,
      );
      const { handle } = record;
      this.database.forwards.set(oldHandle, { handle, expiresAtMs: forwardedUntilMs });
      return true;
    });
  }

  touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.database.transaction(() => {
      const row = this.#row(handle);
      const record = recordOf(row);
      if (!row || !record) return false;
      if (lastSeenAtMs > row.lastSeenAtMs) this.#write({ ...record, lastSeenAtMs });
      return true;
    });
  }

  delete(handle: string): Promise<string | null> {
    return this.database.transaction(() => {
      const current = this.#currentHandle(handle);
      return this.#row(current) && this.database.sessions.delete(current) ? current : null;
    });
  }

  deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
    return this.database.transaction(() => {
      const kept = exceptHandle && this.#currentHandle(exceptHandle);
      const ended = this.#rowsOf(userId).flatMap(({ handle }) => (handle === kept ? [] : handle));
      for (const handle of ended) this.database.sessions.delete(handle);
      return ended;
    });
  }

  deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    return this.database.transaction(() => {
      for (const { handle, epoch } of this.database.sessions.values()) {
        if (epoch < beforeEpoch) this.database.sessions.delete(handle);
      }
    });
  }

  epoch(): Promise<number> {
    return this.database.transaction(() => this.database.epoch);
  }

  /** Raises and publishes in one transaction. */
  raiseEpoch(atLeast: number): Promise<number> {
    return this.database.transaction(() => {
      if (atLeast <= this.database.epoch) return this.database.epoch;
      appendRevocation(this.database, this.clock.nowMs(), { type: 'everyone', epoch: atLeast });
      return (this.database.epoch = atLeast);
    });
  }

  list(userId: string): Promise<SessionRecord[]> {
    return this.database.transaction(() =>
      this.#rowsOf(userId).flatMap((row) => recordOf(row) ?? []),
    );
  }

  async *sweep({ batchSize, signal }: SweepOptions): AsyncIterable<SweepStep> {
    const handles = await this.database.transaction(() => {
      const { sessions, forwards } = this.database;
      const nowMs = this.clock.nowMs();
      dropRevocations(this.database, nowMs - this.revocation.windowMs);
      for (const [oldHandle, { expiresAtMs: endsAtMs }] of forwards) {
        if (endsAtMs <= nowMs) forwards.delete(oldHandle);
      }
      return [...sessions.keys()];
    });
    for (let start = 0; start < handles.length && !signal.aborted; start += batchSize) {
      const batch = handles.slice(start, start + batchSize);
      const removed = await this.database.transaction(() =>
        batch.filter((handle) => !this.#row(handle) && this.database.sessions.delete(handle)),
      );
      yield {
        scannedKeys: batch.length,
        removedSessions: removed.length,
        prunedIndexEntries: 0,
      };
    }
  }

  async ping(): Promise<void> {
    await this.epoch();
  }

  /** `SELECT ... WHERE handle = $1 AND expires_at_ms > $2` */
  #row(handle: string): SessionRow | undefined {
    const row = this.database.sessions.get(handle);
    return row && row.expiresAtMs > this.clock.nowMs() ? row : undefined;
  }

  /** `SELECT ... WHERE user_key = $1 AND expires_at_ms > $2` */
  #rowsOf(userId: string): SessionRow[] {
    const userKey = userDigest(userId);
    return [...this.database.sessions.values()].filter(
      (row) => row.userKey === userKey && row.expiresAtMs > this.clock.nowMs(),
    );
  }

  #write(record: SessionRecord): void {
    const { handle, createdAtMs, lastSeenAtMs, version, epoch } = record;
    const [userKey, body] = [userDigest(record.userId), encodeRecord(record)];
    const times = { createdAtMs, lastSeenAtMs, expiresAtMs: expiresAtMs(record) };
    this.database.sessions.set(handle, { handle, userKey, ...times, version, epoch, body });
  }

  #currentHandle(handle: string): string {
    let current = handle;
    for (let forwards = 0; forwards < MAX_FORWARDS; forwards++) {
      const forward = this.database.forwards.get(current);
      if (!forward || forward.expiresAtMs <= this.clock.nowMs()) break;
      current = forward.handle;
    }
    return current;
  }
}

function recordOf(row: SessionRow | undefined): SessionRecord | null {
  return row ? decodeRecord(row.body) : null;
}
