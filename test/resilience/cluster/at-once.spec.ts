import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { RateLimiter } from '../../../lib/rate-limit/rate-limiter.js';
import { RedisRateLimitCounter } from '../../../lib/backends/redis/redis-rate-limit-counter.js';
import { sampleRecord } from '../../../lib/testing/contract/sample-record.js';
import { startCluster, type TestCluster } from '../../support/redis/redis-cluster.js';
import { openRedisStore } from '../../support/redis/redis-store.js';

const POLICY = { name: 'test', limit: 2, windowSeconds: 60 };
/** Enough that some are on every master. */
const USERS = Array.from({ length: 60 }, (_, number) => `user-${number}`);

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster?.stop());

describe.each([false, true])('concurrent requests, with enableAutoPipelining %s', (gathers) => {
  const prefix = `sk-${gathers}:`;
  let client: Cluster;

  beforeAll(() => {
    const { nodes } = cluster.connection.options;
    client = new Cluster(nodes, { enableAutoPipelining: gathers });
  });

  afterAll(() => client?.disconnect());

  it('are read and counted on the master that holds the key', async () => {
    const { store, clock, close } = await openRedisStore({ client }, prefix);
    const limiter = new RateLimiter(new RedisRateLimitCounter(client), prefix, clock);
    const records = USERS.map((userId) => sampleRecord(clock.nowMs(), { userId }));
    for (const record of records)
      await store.create(record, { maxPerUser: 5, onLimitReached: 'reject' });

    const counted = Promise.all(USERS.map((user) => limiter.consume(POLICY, user)));
    const read = Promise.all(records.map(({ handle }) => store.read(handle)));
    expect(await read).toEqual(records);
    expect(new Set((await counted).map(({ remaining }) => remaining))).toEqual(new Set([1]));

    // If counted in this process they would be missing.
    const masters = await cluster.masters();
    const counts = await Promise.all(
      masters.map(async ({ server }) => (await server.client().keys(`${prefix}rl:*`)).length),
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count)).toBe(USERS.length);
    await close();
  });
});
