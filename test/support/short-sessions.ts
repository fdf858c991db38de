import type { Redis } from 'ioredis';
import type { CleanupService, SessionRecord, SessionStore } from 'nestjs-session-kit';
import { sampleRecord } from '../../lib/testing/contract/sample-record.js';
import { eventually } from './eventually.js';

const CAP = { maxPerUser: 10_000, onLimitReached: 'evict-oldest' } as const;
/** Concurrent creations: few, so that a busy machine answers each within the timeout of half a second. */
const AT_ONCE = 25;

export interface Crowd {
  readonly users: number;
  /** Short-lived sessions of each user, besides one that stays live. */
  readonly shortEach: number;
  readonly shortMs: number;
  readonly nowMs: number;
}

/** Creates users with one session each that lives for almost five minutes, and prepares their short-lived sessions. */
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
 * Waits until Redis contains the keys that applications keep besides sessions: the note of a sweep, which runs here,
 * and the revocation log, which they create in the background.
 */
export async function settled(redis: Redis, cleanup: CleanupService): Promise<void> {
  await cleanup.run();
  await eventually(
    () => redis.keys('*:revocations'),
    (streams) => streams.length === 1,
  );
}

/** Counts all keys in Redis, and the entries of the indexes of all users. */
export async function contents(redis: Redis): Promise<{ keys: number; members: number }> {
  const indexes = await redis.keys('*:u:*');
  const sizes = await Promise.all(indexes.map((index) => redis.zcard(index)));
  return { keys: await redis.dbsize(), members: sizes.reduce((total, size) => total + size, 0) };
}

/** Reads the current records from the store. */
export function reread(store: SessionStore, records: readonly SessionRecord[]) {
  return Promise.all(records.map(({ handle }) => store.read(handle)));
}
