import { afterAll, beforeAll } from '@jest/globals';
import { describeSessionStore } from 'nestjs-session-kit/testing';
import { openRedisStore, type RedisStoreUnderTest } from '../support/redis/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis/redis-server.js';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

describeSessionStore(
  'the Redis backend',
  async () => {
    const [one, peer] = await openTwo();
    const close = async (): Promise<void> => void (await Promise.all([one.close(), peer.close()]));
    return { ...one, peer, close };
  },
  { revocationLog: true, rateLimitCounter: true },
);

async function openTwo(): Promise<[RedisStoreUnderTest, RedisStoreUnderTest]> {
  const one = await openRedisStore(redis.connection);
  return [one, await openRedisStore(redis.connection, one.keyPrefix)];
}
