import { afterAll, beforeAll } from '@jest/globals';
import { describeSessionStore } from 'nestjs-session-kit/testing';
import { openRedisStore } from '../support/redis-store.js';
import { startSentinel, type TestSentinel } from '../support/redis-sentinel.js';

let sentinel: TestSentinel;

beforeAll(async () => {
  sentinel = await startSentinel();
});

afterAll(() => sentinel?.stop());

describeSessionStore('RedisSessionStore through Sentinel', () =>
  openRedisStore({ options: sentinel.options }),
);
