import assert from 'node:assert/strict';
import type { SessionRecord } from '../../rules/session-record.js';
import type { RateLimitCounter } from '../../store/rate-limit-counter.js';
import type { RevocationLog } from '../../store/revocation-log.js';
import type { SessionLimit, SessionStore } from '../../store/session-store.js';
import type { StoreBackend } from '../../store/store-backend.js';
import type { FakeClock } from '../fake-clock.js';
import { Listener } from './listener.js';
import { sampleRecord } from './sample-record.js';
import type { TestRunner } from './test-runner.js';
import { timers } from '../../core/timers.js';

/** A backend to test, with its clock if a test can set it; without one the suite waits in real time. */
export interface StoreUnderTest extends StoreBackend {
  readonly clock?: FakeClock;
  /** Another instance of the backend with the same sessions, as on another node, if the store supports it. */
  readonly peer?: StoreBackend;
  close(): Promise<void>;
}

/** The ports that a backend may lack. */
export type OptionalPort = 'revocationLog' | 'rateLimitCounter';

/** One part of the contract. */
export type Section = (runner: TestRunner, subject: Subject) => void;

/** Maximum wait for asynchronous results. */
const MAX_WAIT_MS = 10_000;

export const WIDE: SessionLimit = { maxPerUser: 100, onLimitReached: 'evict-oldest' };

/** The store of the current test, with helpers that the tests share. */
export class Subject {
  #current: StoreUnderTest | undefined;
  readonly #subscribers: Listener[] = [];

  async open(make: () => Promise<StoreUnderTest>): Promise<void> {
    this.#current = await make();
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    for (const subscriber of this.#subscribers.splice(0)) await subscriber.close();
    await current?.close();
  }

  get store(): SessionStore {
    return this.#opened.store;
  }

  /** The other instance of the store, or the same one if there is no other. */
  get peer(): SessionStore {
    return this.#opened.peer?.store ?? this.store;
  }

  get log(): RevocationLog {
    return this.#opened.revocationLog as RevocationLog;
  }

  /** The log of the other instance, or the same one if there is no other. */
  get peerLog(): RevocationLog {
    return this.#opened.peer?.revocationLog ?? this.log;
  }

  get counter(): RateLimitCounter {
    return this.#opened.rateLimitCounter as RateLimitCounter;
  }

  /** The counter of the other instance, or the same one if there is no other. */
  get peerCounter(): RateLimitCounter {
    return this.#opened.peer?.rateLimitCounter ?? this.counter;
  }

  /** Whether the backend has this optional port. */
  has(port: OptionalPort): boolean {
    return this.#opened[port] !== undefined;
  }

  get nowMs(): number {
    return this.#opened.clock?.nowMs() ?? Date.now();
  }

  /** Whether the tests set the clock instead of waiting. */
  get movesClock(): boolean {
    return this.#opened.clock !== undefined;
  }

  /** Idle timeout for records that expire during a test. */
  get shortLifeMs(): number {
    return this.#opened.clock ? 60_000 : 200;
  }

  async pass(milliseconds: number): Promise<void> {
    const { clock } = this.#opened;
    if (clock) clock.advance(milliseconds);
    else await timers.sleep(milliseconds);
  }

  /** Returns a subscriber of the log that is up to date. @param epoch the epoch that it knows at first */
  async subscriber(log: RevocationLog = this.log, epoch = 0): Promise<Listener> {
    const subscriber = new Listener(epoch);
    this.#subscribers.push(subscriber);
    await subscriber.subscribe(log);
    await this.caughtUp(subscriber);
    return subscriber;
  }

  /** Waits until the subscriber has caught up with everything published before this call. */
  async caughtUp(subscriber: Listener): Promise<void> {
    const askedMs = timers.monotonicMs();
    while (!subscriber.knowsAllUntil(askedMs)) {
      assert.ok(timers.monotonicMs() < askedMs + MAX_WAIT_MS, 'the subscriber never catches up');
      await timers.sleep(5);
    }
  }

  record(changes?: Partial<SessionRecord>): SessionRecord {
    return sampleRecord(this.nowMs, changes);
  }

  /** Creates a record in the store. */
  async created(changes?: Partial<SessionRecord>): Promise<SessionRecord> {
    const record = this.record(changes);
    assert.deepEqual(await this.store.create(record, WIDE), { created: true, evicted: [] });
    return record;
  }

  /** Creates sessions of one user and returns them in order of creation. */
  async createdInTurn(
    count: number,
    changes: Partial<SessionRecord> = {},
  ): Promise<SessionRecord[]> {
    const first = await this.created(changes);
    const records = [first];
    for (let i = 1; i < count; i++) {
      const createdAtMs = first.createdAtMs + i;
      records.push(await this.created({ userId: first.userId, ...changes, createdAtMs }));
    }
    return records;
  }

  /** Returns a record whose idle timeout has passed. The store may have dropped it or not. */
  async expired(changes?: Partial<SessionRecord>): Promise<SessionRecord> {
    const record = await this.created({ ...changes, idleTimeoutMs: this.shortLifeMs });
    await this.pass(this.shortLifeMs + 1);
    return record;
  }

  async handlesOf(userId: string): Promise<string[]> {
    return handles(await this.store.list(userId));
  }

  /** Asserts that neither read nor list returns the session. */
  async assertEnded(record: SessionRecord): Promise<void> {
    assert.equal(await this.store.read(record.handle), null);
    assert.ok(!(await this.handlesOf(record.userId)).includes(record.handle));
  }

  /** Asserts that read and list return the session as given. */
  async assertLives(record: SessionRecord): Promise<void> {
    assert.deepEqual(await this.store.read(record.handle), record);
    const listed = (await this.store.list(record.userId)).filter(
      ({ handle }) => handle === record.handle,
    );
    assert.deepEqual(listed, [record]);
  }

  get #opened(): StoreUnderTest {
    assert.ok(this.#current, 'the store is opened before each test');
    return this.#current;
  }
}

/** Sorted, because the order of a list is not guaranteed. */
export function handles(records: readonly SessionRecord[]): string[] {
  return records.map(({ handle }) => handle).toSorted();
}
