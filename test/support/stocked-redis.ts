import type { Redis } from 'ioredis';
import type { RedisConnection, SessionRecord } from 'nestjs-session-kit';
import { sampleRecord } from '../../lib/testing/contract/sample-record.js';
import { openRedisStore, randomKeyPrefix, type RedisStoreUnderTest } from './redis/redis-store.js';

const CAP = { maxPerUser: 100, onLimitReached: 'reject' } as const;
/** Concurrent creations: few, so that a busy machine answers each within the timeout of half a second. */
const AT_ONCE = 25;

/** Sessions for the CLI, written by the store that an application uses. */
export interface StockedRedis extends RedisStoreUnderTest {
  /** Creates sessions, each for a different user unless `changes` names one. */
  add(count: number, changes?: Partial<SessionRecord>): Promise<SessionRecord[]>;
}

export async function stockedRedis(connection: RedisConnection): Promise<StockedRedis> {
  const opened = await openRedisStore(connection, randomKeyPrefix());
  const { store, clock } = opened;
  return {
    ...opened,
    add: async (count, changes = {}) => {
      const records = Array.from({ length: count }, () => sampleRecord(clock.nowMs(), changes));
      for (let start = 0; start < records.length; start += AT_ONCE) {
        const some = records.slice(start, start + AT_ONCE);
        await Promise.all(some.map((record) => store.create(record, CAP)));
      }
      return records;
    },
  };
}

/** Deletes the record and leaves its index entry, as expiry does. */
export async function expireInRedis(
  redis: Pick<Redis, 'del'>,
  keyPrefix: string,
  { handle }: SessionRecord,
): Promise<void> {
  const removed = await redis.del(`${keyPrefix}{${handle.slice(0, 3)}}:s:${handle}`);
  if (removed !== 1) throw new Error('the record did not exist');
}
