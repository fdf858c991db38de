import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Clock } from '../../lib/core/clock.js';
import { RateLimiter } from '../../lib/rate-limit/rate-limiter.js';
import { gatherWrites } from '../../lib/stores/redis/gather-writes.js';
import { RedisSessionStore } from '../../lib/stores/redis/redis-session-store.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';

const PREFIX = 'sk-gather:';
const POLICY = { name: 'test', limit: 100, windowSeconds: 60 };

let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startOwnRedis();
  client = redis.client();
});

afterAll(() => redis.stop());

it('the commands of one turn leave in one write: reads, scripts and rate limits', async () => {
  const store = new RedisSessionStore({ client }, PREFIX, new Clock());
  const limiter = new RateLimiter({ client, gatherWrites: () => gatherWrites(client) }, PREFIX);
  const handle = 'abc.ABCDEFGHIJKLMNOPQRSTUA';
  const kinds = [
    () => store.read(handle),
    () => store.touch(handle, 0),
    () => limiter.consume(POLICY, 'key'),
  ];
  // Scripts are sent whole the first time.
  for (const kind of kinds) await kind();

  for (const first of kinds) {
    const single = jest.spyOn(client.stream, '_write');
    const gathered = jest.spyOn(client.stream, '_writev');
    await Promise.all([first(), ...kinds.map((kind) => kind()), first()]);
    expect([single.mock.calls.length, gathered.mock.calls.length]).toEqual([0, 1]);
    single.mockRestore();
    gathered.mockRestore();
  }
});
