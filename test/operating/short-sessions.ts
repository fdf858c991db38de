import type { Redis } from 'ioredis';
import type { CleanupService, SessionRecord, SessionStore } from 'nestjs-session-kit';
import { sampleRecord } from '../../lib/testing/contract/sample-record.js';
import { eventually } from '../support/eventually.js';

const CAP = { maxPerUser: 10_000, onLimitReached: 'evict-oldest' } as const;
/** Creations under way at once: few, so that a busy machine answers each within its half second. */
const AT_ONCE = 25;

export interface Crowd {
  readonly users: number;
  /** Short-lived sessions of each user, beside one that lives on. */
  readonly shortEach: number;
  readonly shortMs: number;
  readonly nowMs: number;
}

/** Users with sessions that are about to expire, and one each that lives for less than five minutes more. */
export async function crowd(store: SessionStore, { users, shortEach, shortMs, nowMs }: Crowd) {
  const alive = Array.from({ length: users }, () =>
    sampleRecord(nowMs, { idleTimeoutMs: 299_000 }),
  );
  const short = alive.flatMap(({ userId }) =>
    Array.from({ length: shortEach }, () =>
      sampleRecord(nowMs, { userId, idleTimeoutMs: shortMs }),
    ),
  );
  await created(store, alive);
  return { alive, short, bringShort: () => created(store, short) };
}

async function created(store: SessionStore, records: readonly SessionRecord[]): Promise<void> {
  for (let start = 0; start < records.length; start += AT_ONCE) {
    await Promise.all(
      records.slice(start, start + AT_ONCE).map((record) => store.create(record, CAP)),
    );
  }
}

/**
 * Waits until there is what apps keep in Redis beside sessions: the note of a sweep, which is done here, and the stream
 * that they begin in the background.
 */
export async function settled(redis: Redis, cleanup: CleanupService): Promise<void> {
  await cleanup.run();
  await eventually(
    () => redis.keys('*:revocations'),
    (streams) => streams.length === 1,
  );
}

/** What stands in Redis: all keys, and the entries of all users' indexes together. */
export async function contents(redis: Redis): Promise<{ keys: number; members: number }> {
  const indexes = await redis.keys('*:u:*');
  const sizes = await Promise.all(indexes.map((index) => redis.zcard(index)));
  return { keys: await redis.dbsize(), members: sizes.reduce((total, size) => total + size, 0) };
}

/** The records as the store has them now. */
export function reread(store: SessionStore, records: readonly SessionRecord[]) {
  return Promise.all(records.map(({ handle }) => store.read(handle)));
}
