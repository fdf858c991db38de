import { DELETE_BEFORE_EPOCH_MS, SWEEP_STEP_MS } from '../resilience/timeout.js';
import type { SessionRecord } from '../rules/session-record.js';
import {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from './session-store.js';
import type { StoreCaller } from './store-caller.js';

/** Calls a store with a timeout and a circuit breaker, which it shares with the revocation log. */
export class ResilientSessionStore extends SessionStore {
  constructor(
    private readonly store: SessionStore,
    private readonly caller: StoreCaller,
  ) {
    super();
  }

  create(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    return this.caller.call('create', () => this.store.create(record, limit));
  }

  read(handle: string): Promise<SessionRecord | null> {
    return this.caller.call('read', () => this.store.read(handle));
  }

  locate(handle: string): Promise<SessionRecord | null> {
    return this.caller.call('locate', () => this.store.locate(handle));
  }

  replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.caller.call('replace', () => this.store.replace(record, expectedVersion));
  }

  move(oldHandle: string, record: SessionRecord, expectedVersion: number): Promise<boolean> {
    return this.caller.call('move', () => this.store.move(oldHandle, record, expectedVersion));
  }

  touch(handle: string, lastSeenAtMs: number): Promise<boolean> {
    return this.caller.call('touch', () => this.store.touch(handle, lastSeenAtMs));
  }

  delete(handle: string): Promise<string | null> {
    return this.caller.call('delete', () => this.store.delete(handle));
  }

  deleteByUser(userId: string, exceptHandle?: string): Promise<string[]> {
    return this.caller.call('deleteByUser', () => this.store.deleteByUser(userId, exceptHandle));
  }

  /** Has a longer timeout, because it visits every session. */
  deleteBeforeEpoch(beforeEpoch: number): Promise<void> {
    return this.caller.call(
      'deleteBeforeEpoch',
      () => this.store.deleteBeforeEpoch(beforeEpoch),
      DELETE_BEFORE_EPOCH_MS,
    );
  }

  epoch(): Promise<number> {
    return this.caller.call('epoch', () => this.store.epoch());
  }

  raiseEpoch(atLeast: number): Promise<number> {
    return this.caller.call('raiseEpoch', () => this.store.raiseEpoch(atLeast));
  }

  list(userId: string): Promise<SessionRecord[]> {
    return this.caller.call('list', () => this.store.list(userId));
  }

  /**
   * A step has a longer timeout than a call, because it looks at many keys. A caller that stops between two steps also
   * ends the sweep of the store, so that the store releases its lease.
   */
  async *sweep(options: SweepOptions): AsyncIterable<SweepStep> {
    const steps = this.store.sweep(options)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.caller.call('sweep', () => steps.next(), SWEEP_STEP_MS);
      if (done) return;
      let wantsMore = false;
      try {
        yield value;
        wantsMore = true;
      } finally {
        if (!wantsMore)
          await this.caller.call('sweep', async () => steps.return?.(), SWEEP_STEP_MS);
      }
    }
  }

  ping(): Promise<void> {
    return this.caller.call('ping', () => this.store.ping());
  }
}
