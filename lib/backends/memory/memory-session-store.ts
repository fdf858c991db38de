import type { Clock } from '../../core/clock.js';
import { expiresAtMs, type SessionRecord } from '../../rules/session-record.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from '../../store/session-store.js';
import { timers } from '../../core/timers.js';
import { MemoryForwards } from './memory-forwards.js';
import type { MemoryRevocationLog } from './memory-revocation-log.js';

/** One serialised record, with the fields that are needed without parsing it. */
interface Entry {
  readonly userId: string;
  readonly createdAtMs: number;
  readonly version: number;
  readonly epoch: number;
  readonly json: string;
  expiresAtMs: number;
}

/**
 * Sessions in the memory of one process: for development, tests, and applications of one process that may lose their
 * sessions. As strict as Redis: records are serialised, expire, and are bounded in number. A full store refuses new
 * sessions instead of ending live ones.
 */
export class MemorySessionStore extends SessionStore {
  readonly #entries = new Map<string, Entry>();
  readonly #handlesOf = new Map<string, Set<string>>();
  readonly #forwards: MemoryForwards;

  /** @param maxSessions maximum number of sessions, not counting expired ones */
  constructor(
    private readonly clock: Clock,
    private readonly maxSessions: number,
    private readonly log: MemoryRevocationLog,
  ) {
    super();
    this.#forwards = new MemoryForwards(clock, maxSessions);
  }

  async create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    if (this.#entries.has(record.handle)) return { created: true, evicted: [] };
    const live = this.#liveHandles(record.userId);
    const surplus = live.length + 1 - limit.maxPerUser;
    if (surplus > 0 && limit.onLimitReached === 'reject') return { created: false };
    const evicted = surplus > 0 ? this.#oldestFirst(live).slice(0, surplus) : [];
    this.#makeRoom(evicted.length);
    for (const handle of evicted) this.#remove(handle);
    this.#put(record);
    return { created: true, evicted };
  }

  async read(handle: string): Promise<SessionRecord | null> {
    const entry = this.#entry(handle);
    return entry ? (JSON.parse(entry.json) as SessionRecord) : null;
  }

  async locate(handle: string): Promise<SessionRecord | null> {
    return this.read(this.#forwards.currentHandle(handle));
  }

  async replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const entry = this.#entry(record.handle);
    if (entry?.version !== expectedVersion) return false;
    const { lastSeenAtMs } = JSON.parse(entry.json) as SessionRecord;
    this.#put({ ...record, lastSeenAtMs: Math.max(lastSeenAtMs, record.lastSeenAtMs) });
    return true;
  }

  async move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    if (this.#entry(oldHandle)?.version !== expectedVersion) return false;
    this.#remove(oldHandle);
    this.#put(record);
    this.#forwards.add(oldHandle, record);
    return true;
  }

  async touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    const entry = this.#entry(handle);
    if (!entry) return false;
    const record = JSON.parse(entry.json) as SessionRecord;
    if (lastSeenAtMs > record.lastSeenAtMs) this.#put({ ...record, lastSeenAtMs });
    return true;
  }

  async delete(handle: string): Promise<string | null> {
    const current = this.#forwards.currentHandle(handle);
    return this.#entry(current) && this.#remove(current) ? current : null;
  }

  async deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
    const kept = exceptHandle && this.#forwards.currentHandle(exceptHandle);
    const ended = this.#liveHandles(userId).filter((handle) => handle !== kept);
    for (const handle of ended) this.#remove(handle);
    return ended;
  }

  async deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    for (const [handle, { epoch }] of this.#entries) {
      if (epoch < beforeEpoch) this.#remove(handle);
    }
  }

  async epoch(): Promise<number> {
    return this.log.epoch;
  }

  raiseEpoch(atLeast: number): Promise<number> {
    return this.log.raiseEpoch(atLeast);
  }

  async list(userId: string): Promise<SessionRecord[]> {
    return this.#liveHandles(userId).map((handle) =>
      JSON.parse((this.#entries.get(handle) as Entry).json),
    );
  }

  async *sweep({ batchSize, signal }: SweepOptions): AsyncIterable<SweepStep> {
    this.#forwards.drop();
    const handles = [...this.#entries.keys()];
    for (let start = 0; start < handles.length && !signal.aborted; start += batchSize) {
      const batch = handles.slice(start, start + batchSize);
      const removed = batch.filter((handle) => this.#entries.has(handle) && !this.#entry(handle));
      yield {
        scannedKeys: batch.length,
        removedSessions: removed.length,
        prunedIndexEntries: removed.length,
      };
      // Lets requests run between two batches.
      await timers.nextTurn();
    }
  }

  async ping(): Promise<void> {}

  #entry(handle: string): Entry | undefined {
    const entry = this.#entries.get(handle);
    if (!entry || entry.expiresAtMs > this.clock.nowMs()) return entry;
    this.#remove(handle);
    return undefined;
  }

  #put(record: SessionRecord): void {
    const { handle, userId, createdAtMs, version, epoch } = record;
    const json = JSON.stringify(record);
    this.#entries.set(handle, {
      userId,
      createdAtMs,
      version,
      epoch,
      json,
      expiresAtMs: expiresAtMs(record),
    });
    const handles = this.#handlesOf.get(userId) ?? new Set();
    this.#handlesOf.set(userId, handles.add(handle));
  }

  #remove(handle: string): boolean {
    const entry = this.#entries.get(handle);
    if (!entry) return false;
    this.#entries.delete(handle);
    const handles = this.#handlesOf.get(entry.userId);
    handles?.delete(handle);
    if (handles?.size === 0) this.#handlesOf.delete(entry.userId);
    return true;
  }

  #liveHandles(userId: string): string[] {
    return [...(this.#handlesOf.get(userId) ?? [])].filter((handle) => this.#entry(handle));
  }

  #oldestFirst(handles: readonly string[]): string[] {
    const createdAtMs = (handle: string): number =>
      (this.#entries.get(handle) as Entry).createdAtMs;
    return handles.toSorted((a, b) => createdAtMs(a) - createdAtMs(b));
  }

  /** Expired records are removed when they are accessed; the others only when their space is needed. */
  #makeRoom(freed: number): void {
    if (this.#entries.size - freed < this.maxSessions) return;
    for (const handle of this.#entries.keys()) this.#entry(handle);
    if (this.#entries.size - freed < this.maxSessions) return;
    throw new Error(
      `the memory store is full: memory.maxSessions is ${this.maxSessions}; raise it or use Redis`,
    );
  }
}
