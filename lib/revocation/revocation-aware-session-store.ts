import type { BeforeApplicationShutdown } from '@nestjs/common';
import { timers } from '../core/timers.js';
import { STORE_CALL_MS } from '../resilience/timeout.js';
import type { SessionRecord } from '../rules/session-record.js';
import type { RecordBinding } from '../store/record-binding.js';
import type { RevocationLog } from '../store/revocation-log.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from '../store/session-store.js';
import type { RevocationCache } from './revocation-cache.js';

/** A revocation is one call that publishes and one that deletes. */
const COMPLETION_DELAY_MS = 2 * STORE_CALL_MS;

/**
 * A store that never returns a session known to be revoked, and binds every record that it writes to the keys of this
 * app. A record bound by other keys belongs to another app with the same key prefix: it is neither returned nor deleted
 * by its handle.
 */
export class RevocationAwareSessionStore extends SessionStore implements BeforeApplicationShutdown {
  /** Timers by handle, for sessions whose revocation was published but not carried out. */
  readonly #incomplete = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly cache: RevocationCache,
    private readonly binding: RecordBinding,
  ) {
    super();
  }

  beforeApplicationShutdown(): void {
    for (const timer of this.#incomplete.values()) timers.clearTimeout(timer);
  }

  async create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    const outcome = await this.store.create(this.binding.bind(record), limit);
    if (outcome.created) this.#recordRevoked(outcome.evicted);
    return outcome;
  }

  read(handle: string): Promise<SessionRecord | null> {
    return this.store.read(handle).then(this.#onlyValid);
  }

  /** Also returns a session whose revocation was published but not carried out, so that it can still be ended. */
  async locate(handle: string): Promise<SessionRecord | null> {
    const record = await this.store.locate(handle);
    return record && this.binding.accepts(record) ? record : null;
  }

  replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.store.replace(this.binding.bind(record), expectedVersion);
  }

  move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.store.move(oldHandle, this.binding.bind(record), expectedVersion);
  }

  touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.store.touch(handle, lastSeenAtMs);
  }

  async delete(handle: string): Promise<string | null> {
    const ended = await this.store.delete(handle);
    if (ended) this.#recordRevoked([ended]);
    return ended;
  }

  async deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
    const ended = await this.store.deleteByUser(userId, exceptHandle);
    this.#recordRevoked(ended);
    return ended;
  }

  deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    return this.store.deleteBeforeEpoch(beforeEpoch);
  }

  /** Never lower than the epoch that this node received: a failover may have lost it. */
  async epoch(): Promise<number> {
    return Math.max(await this.store.epoch(), this.cache.epoch);
  }

  /** A raised epoch applies on this node at once, without waiting for the log to deliver it. */
  async raiseEpoch(atLeast: number): Promise<number> {
    const epoch = await this.store.raiseEpoch(atLeast);
    this.cache.record({ type: 'everyone', epoch });
    return Math.max(epoch, this.cache.epoch);
  }

  async list(userId: string): Promise<SessionRecord[]> {
    const records = await this.store.list(userId);
    return records.filter((record) => this.#isValid(record));
  }

  sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    return this.store.sweep(options);
  }

  ping(): Promise<void> {
    return this.store.ping();
  }

  readonly #onlyValid = (record: SessionRecord | null): SessionRecord | null =>
    record && this.#isValid(record) ? record : null;

  /** Ends a session whose revocation was published but not carried out because a node died in between. */
  #isValid(record: SessionRecord): boolean {
    if (!this.binding.accepts(record)) return false;
    if (!this.cache.hasEnded(record)) return true;
    this.#completeLater(record.handle);
    return false;
  }

  /** Later, because the node that revokes may still be at it: it reports the sessions that it deletes itself. */
  #completeLater(handle: string): void {
    if (this.#incomplete.has(handle)) return;
    const complete = (): void => {
      this.#incomplete.delete(handle);
      this.#completeRevocation(handle).catch(() => undefined);
    };
    this.#incomplete.set(handle, timers.setTimeout(complete, COMPLETION_DELAY_MS).unref());
  }

  async #completeRevocation(handle: string): Promise<void> {
    const ended = await this.delete(handle);
    if (ended && ended !== handle) await this.log.publish([{ type: 'session', handle: ended }]);
  }

  /** Sessions that this node ended are refused here at once, even if the other nodes cannot be reached. */
  #recordRevoked(ended: readonly string[]): void {
    for (const handle of ended) this.cache.record({ type: 'session', handle });
  }
}
