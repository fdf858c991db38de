import { afterAll, beforeAll } from '@jest/globals';
import { describeSessionStore } from 'nestjs-session-kit/testing';
import { openRedisStore } from '../support/redis-store.js';
import { startRedis, type TestRedis } from '../support/redis-server.js';

let redis: TestRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

describeSessionStore('RedisSessionStore', () => openRedisStore(redis.connection));
