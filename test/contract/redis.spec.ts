import { afterAll, beforeAll } from '@jest/globals';
import { describeSessionStore } from 'nestjs-session-kit/testing';
import { openRedisStore, type RedisStoreUnderTest } from '../support/redis/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis/redis-server.js';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

describeSessionStore('RedisSessionStore', async () => {
  const [one, other] = await openTwo();
  const close = async (): Promise<void> => void (await Promise.all([one.close(), other.close()]));
  return { ...one, peer: other.store, close };
});

async function openTwo(): Promise<[RedisStoreUnderTest, RedisStoreUnderTest]> {
  const one = await openRedisStore(redis.connection);
  return [one, await openRedisStore(redis.connection, one.keyPrefix)];
}
