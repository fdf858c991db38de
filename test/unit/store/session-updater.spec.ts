import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionRecord } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { MemoryRevocationLog } from '../../../lib/backends/memory/memory-revocation-log.js';
import { MemorySessionStore } from '../../../lib/backends/memory/memory-session-store.js';
import { SessionUpdater, type Update, whileLive } from '../../../lib/store/session-updater.js';
import { sampleRecord } from '../../../lib/testing/contract/sample-record.js';
import { lengthenTimeouts } from '../../support/lengthen-timeouts.js';

lengthenTimeouts();

/** Applies a write and loses its answer, after `meanwhile`. */
class LossyStore extends MemorySessionStore {
  meanwhile: (() => Promise<unknown>) | undefined;

  override async replace(record: SessionRecord, expectedVersion: number): Promise<boolean> {
    const { meanwhile } = this;
    this.meanwhile = undefined;
    const replaced = await super.replace(record, expectedVersion);
    if (!meanwhile) return replaced;
    await meanwhile();
    throw new Error('answer lost');
  }
}

function countOf(record: SessionRecord | null): number {
  const { count = 0 }: { count?: number } = record?.data ?? {};
  return count;
}

/** Adds one to the count and returns it. */
function increment(record: SessionRecord | null): Update<number> {
  const count = countOf(record) + 1;
  return record ? { result: count, write: { ...record, data: { count } } } : { result: 0 };
}

describe('an update of a session', () => {
  let store: LossyStore;
  let handle: string;
  let here: () => Promise<number>;
  /** Another process. */
  let there: () => Promise<number>;

  beforeEach(async () => {
    const clock = new FakeClock();
    const log = new MemoryRevocationLog(clock);
    store = new LossyStore(clock, 10, log);
    const record = sampleRecord(clock.nowMs());
    await store.create(record, { maxPerUser: 10, onLimitReached: 'reject' });
    handle = record.handle;
    [here, there] = [1, 2].map(() => {
      const updater = new SessionUpdater(store, log, clock);
      return () => updater.update(handle, increment);
    }) as [typeof here, typeof there];
  });

  it('loses no change of two processes', async () => {
    const counts = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? here() : there())),
    );
    expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const record = await store.read(handle);
    expect([countOf(record), record?.version]).toEqual([20, 21]);
  });

  it('is applied once if its answer is lost', async () => {
    store.meanwhile = async () => undefined;
    expect(await here()).toBe(1);
    expect(countOf(await store.read(handle))).toBe(1);
  });

  it('is not applied again if its answer is lost and another process has written since', async () => {
    store.meanwhile = there;
    await expect(here()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(countOf(await store.read(handle))).toBe(2);
  });

  it('is repeated if it was not applied', async () => {
    store.meanwhile = undefined;
    const { replace } = store;
    store.replace = () => {
      store.replace = replace;
      return Promise.reject(new Error('connection refused'));
    };
    expect(await here()).toBe(1);
    expect(countOf(await store.read(handle))).toBe(1);
  });
});

describe('an update of a live session', () => {
  const nowMs = Date.UTC(2026, 10, 24, 12);
  const record = sampleRecord(nowMs);
  const expiresMs = nowMs + record.idleTimeoutMs;
  const change = whileLive((current) => ({ record: { ...current, data: { count: 1 } } }));

  it('is written until the session expires', () => {
    const changed = { ...record, data: { count: 1 } };
    expect(change(record, expiresMs - 1)).toEqual({ result: { record: changed }, write: changed });
  });

  it('has no effect on an expired session, and none without one', () => {
    expect(change(record, expiresMs)).toEqual({ result: undefined });
    expect(change(null, nowMs)).toEqual({ result: undefined });
  });
});
