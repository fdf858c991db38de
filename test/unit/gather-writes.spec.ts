import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Clock } from '../../lib/core/clock.js';
import { RedisSessionStore } from '../../lib/stores/redis/redis-session-store.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';

const HANDLE = 'abc.ABCDEFGHIJKLMNOPQRSTUA';

let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startOwnRedis();
  client = redis.client();
});

afterAll(() => redis.stop());

it('the scripts of one turn leave in one write', async () => {
  const store = new RedisSessionStore({ client }, 'sk-gather:', new Clock());
  const scripts = [() => store.touch(HANDLE, 0), () => store.list('user')];
  // They are sent whole the first time.
  for (const script of scripts) await script();

  const single = jest.spyOn(client.stream, '_write');
  const gathered = jest.spyOn(client.stream, '_writev');
  await Promise.all([...scripts, ...scripts].map((script) => script()));
  expect([single.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 1]);
});
