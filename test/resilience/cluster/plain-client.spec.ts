import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Clock } from 'nestjs-session-kit';
import { RateLimiter } from '../../../lib/rate-limit/rate-limiter.js';
import { RedisRateLimitCounter } from '../../../lib/backends/redis/redis-rate-limit-counter.js';
import { sampleRecord } from '../../../lib/testing/contract/sample-record.js';
import { eventually } from '../../support/eventually.js';
import { freePort, type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { openRedisStore } from '../../support/redis/redis-store.js';

const USERS = Array.from({ length: 20 }, (_, number) => `user-${number}`);

/** A Cluster of one node, as offered by cloud providers, with a client for a single server. */
let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  const busPort = await freePort();
  redis = await startOwnRedis('--cluster-enabled', 'yes', '--cluster-port', `${busPort}`);
  client = redis.client();
  await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await eventually(
    () => client.cluster('INFO'),
    (info) => info.includes('cluster_state:ok'),
  );
});

afterAll(() => redis.stop());

/** How often Redis refused this command. */
async function refused(command: string): Promise<number> {
  const stats = await client.info('commandstats');
  const line = new RegExp(`cmdstat_${command}:.*rejected_calls=(\\d+)`).exec(stats);
  return Number(line?.[1] ?? 0);
}

it('sessions of several slots are read in one turn of the event loop; the batch is refused only once', async () => {
  const { store, clock, close } = await openRedisStore(redis.connection);
  try {
    const records = USERS.map((userId) => sampleRecord(clock.nowMs(), { userId }));
    for (const record of records)
      await store.create(record, { maxPerUser: 5, onLimitReached: 'reject' });
    for (let round = 0; round < 3; round++) {
      expect(await Promise.all(records.map(({ handle }) => store.read(handle)))).toEqual(records);
    }
    expect(await refused('mget')).toBe(1);
  } finally {
    await close();
  }
});

it('rate limits of several slots are counted in one turn, each once', async () => {
  const limiter = new RateLimiter(new RedisRateLimitCounter(client), 'sk:', new Clock());
  const policy = { name: 'test', limit: 10, windowSeconds: 60 };
  for (const remaining of [9, 8, 7]) {
    const states = await Promise.all(USERS.map((user) => limiter.consume(policy, user)));
    expect(new Set(states.map((state) => state.remaining))).toEqual(new Set([remaining]));
  }
  // If counted in this process they would be missing.
  expect(await client.keys('sk:rl:*')).toHaveLength(USERS.length);
});
