import { Logger } from '@nestjs/common';
import { escapeControlCharacters, errorMessage } from '../core/escape-control-characters.js';
import { SessionError } from '../core/session-error.js';
import type { SessionEvents } from '../events/session-events.service.js';
import {
  DELETE_BEFORE_EPOCH_MS,
  TimeoutError,
  STORE_CALL_MS,
  SWEEP_STEP_MS,
  withTimeout,
} from '../resilience/timeout.js';
import type { RecordBinding } from '../store/record-binding.js';
import type {
  Revocation,
  RevocationSubscriber,
  RevocationSubscription,
} from '../store/revocation.js';
import type { RevocationCache } from './revocation-cache.js';
import type { SessionRecord } from '../rules/session-record.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from '../store/session-store.js';
import { CircuitBreaker } from '../resilience/circuit-breaker.js';
import { timers } from '../core/timers.js';

/** Minimum time between two log lines about a failing store. */
const MIN_LOG_INTERVAL_MS = 10_000;

/**
 * Applies a deadline to each call of a store and converts every error into `STORE_UNAVAILABLE`. An outage therefore
 * yields 503, never 401 and never an endless wait, and requests stop calling a store that does not answer. Logs when
 * the store fails and when it has recovered.
 *
 * Every record that is written is bound to the keys of this app. A record bound by other keys belongs to another app
 * with the same key prefix: it is neither returned nor deleted by its handle.
 */
export class ResilientSessionStore extends SessionStore {
  readonly #logger = new Logger('SessionStore');
  readonly #breaker = new CircuitBreaker();
  #available = true;
  /** Whether the outage has been reported to the log and the listeners. */
  #isReported = false;
  #nextReportMs = 0;

  constructor(
    private readonly store: SessionStore,
    private readonly events: SessionEvents,
    private readonly cache: RevocationCache,
    private readonly binding: RecordBinding,
  ) {
    super();
  }

  async create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    const outcome = await this.#call('create', () =>
      this.store.create(this.binding.bind(record), limit),
    );
    if (outcome.created) this.#recordRevoked(outcome.evicted);
    return outcome;
  }

  read(handle: string): Promise<SessionRecord | null> {
    return this.#call('read', () => this.store.read(handle)).then(this.#onlyValid);
  }

  /** Also returns a session whose revocation was published but not carried out, so that it can still be ended. */
  async locate(handle: string): Promise<SessionRecord | null> {
    const record = await this.#call('locate', () => this.store.locate(handle));
    return record && this.binding.accepts(record) ? record : null;
  }

  replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.#call('replace', () =>
      this.store.replace(this.binding.bind(record), expectedVersion),
    );
  }

  move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.#call('move', () =>
      this.store.move(oldHandle, this.binding.bind(record), expectedVersion),
    );
  }

  touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.#call('touch', () => this.store.touch(handle, lastSeenAtMs));
  }

  async delete(handle: string): Promise<string | null> {
    const ended = await this.#call('delete', () => this.store.delete(handle));
    if (ended) this.#recordRevoked([ended]);
    return ended;
  }

  async deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
    const ended = await this.#call('deleteByUser', () =>
      this.store.deleteByUser(userId, exceptHandle),
    );
    this.#recordRevoked(ended);
    return ended;
  }

  /** Has a longer timeout, because it visits every session. */
  deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    return this.#call(
      'deleteBeforeEpoch',
      () => this.store.deleteBeforeEpoch(beforeEpoch),
      DELETE_BEFORE_EPOCH_MS,
    );
  }

  /** Never lower than the epoch that this node received: a failover may have lost it. */
  async epoch(): Promise<number> {
    return Math.max(await this.#call('epoch', () => this.store.epoch()), this.cache.epoch);
  }

  /** A raised epoch applies on this node at once, without waiting for the store to publish it. */
  async raiseEpoch(atLeast: number): Promise<number> {
    const epoch = await this.#call('raiseEpoch', () => this.store.raiseEpoch(atLeast));
    this.cache.record({ type: 'everyone', epoch });
    return Math.max(epoch, this.cache.epoch);
  }

  async list(userId: string): Promise<SessionRecord[]> {
    const records = await this.#call('list', () => this.store.list(userId));
    return records.filter((record) => this.#isValid(record));
  }

  async publish(revocations: readonly Revocation[]): Promise<void> {
    await this.#call('publish', () => this.store.publish(revocations));
    for (const revocation of revocations) this.cache.record(revocation);
  }

  subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    return this.store.subscribe(subscriber);
  }

  /**
   * A step has a longer timeout than a call, because it looks at many keys. A caller that stops between two steps also
   * ends the sweep of the store, so that the store releases its lease.
   */
  async *sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    const steps = this.store.sweep(options)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.#call('sweep', () => steps.next(), SWEEP_STEP_MS);
      if (done) return;
      let wantsMore = false;
      try {
        yield value;
        wantsMore = true;
      } finally {
        if (!wantsMore) await this.#call('sweep', async () => steps.return?.(), SWEEP_STEP_MS);
      }
    }
  }

  ping(): Promise<void> {
    return this.#call('ping', () => this.store.ping());
  }

  readonly #onlyValid = (record: SessionRecord | null): SessionRecord | null =>
    record && this.#isValid(record) ? record : null;

  /** Ends a session whose revocation was published but not carried out because a node died in between. */
  #isValid(record: SessionRecord): boolean {
    if (!this.binding.accepts(record)) return false;
    if (!this.cache.hasEnded(record)) return true;
    this.#completeRevocation(record.handle).catch(() => undefined);
    return false;
  }

  async #completeRevocation(handle: string): Promise<void> {
    const ended = await this.delete(handle);
    if (ended && ended !== handle) await this.publish([{ type: 'session', handle: ended }]);
  }

  /** Sessions that this node ended are refused here at once, even if the other nodes cannot be reached. */
  #recordRevoked(ended: readonly string[]): void {
    for (const handle of ended) this.cache.record({ type: 'session', handle });
  }

  /** Not `async`, which would hold more memory per waiting request; the garbage collector copies that memory. */
  #call<T>(
    method: keyof SessionStore,
    call: () => Promise<T>,
    milliseconds = STORE_CALL_MS,
  ): Promise<T> {
    if (!this.#breaker.allowsRequest())
      return Promise.reject(new SessionError('STORE_UNAVAILABLE'));
    return withTimeout(milliseconds, startCall(method, call)).then(
      this.#onSuccess as (value: T) => T,
      this.#onFailure,
    );
  }

  readonly #onSuccess = (value: unknown): unknown => {
    this.#breaker.recordSuccess();
    if (!this.#available) this.#reportRecovery();
    return value;
  };

  readonly #onFailure = (error: unknown): never => {
    if (error instanceof TimeoutError) this.#breaker.recordTimeout();
    if (this.#available) this.#reportOutage(error);
    throw new SessionError('STORE_UNAVAILABLE');
  };

  #reportOutage(error: unknown): void {
    this.#available = false;
    // A store that fails only on some calls would otherwise be reported with every request.
    if (timers.monotonicMs() < this.#nextReportMs) return;
    this.#nextReportMs = timers.monotonicMs() + MIN_LOG_INTERVAL_MS;
    this.#isReported = true;
    const reason = errorMessage(error);
    this.#logger.error(
      `the session store fails, requests that need it get 503: ${escapeControlCharacters(reason)}`,
    );
    this.events.emit({ type: 'store.unavailable', reason });
  }

  #reportRecovery(): void {
    this.#available = true;
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#logger.log('the session store answers again');
    this.events.emit({ type: 'store.available' });
  }
}

/** Names of the methods that a store lacks because it was written for an older version or in JavaScript. */
export function missingMethods(store: object): string[] {
  const methods = store as Record<string, unknown>;
  return Object.getOwnPropertyNames(ResilientSessionStore.prototype).filter(
    (name) => typeof methods[name] !== 'function',
  );
}

/** Treats a store that throws synchronously, or in JavaScript returns no promise, like one that rejects. */
function startCall<T>(method: string, call: () => Promise<T>): Promise<T> {
  try {
    const answer = call();
    if (typeof (answer as Partial<Promise<T>> | undefined)?.then === 'function') return answer;
    throw new TypeError(`${method}() of the store must return a promise; make it async`);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
