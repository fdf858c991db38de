import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { RateLimiter } from '../../lib/rate-limit/rate-limiter.js';
import { RedisWindowCounts } from '../../lib/stores/redis/redis-window-counts.js';
import { startCluster, type TestCluster } from '../support/redis-cluster.js';

const POLICY = { name: 'test', limit: 2, windowSeconds: 60 };
/** Of so many keys some are on every master. */
const KEYS = Array.from({ length: 60 }, (_, number) => `session:${number}`);

let cluster: TestCluster;
let client: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  client = new Cluster(cluster.connection.options.nodes);
});

afterAll(async () => {
  client?.disconnect();
  await cluster?.stop();
});

it('rate limits at once are counted on whatever master has the key', async () => {
  const limiter = new RateLimiter(new RedisWindowCounts(client), 'sk:');
  const states = await Promise.all(KEYS.map((key) => limiter.consume(POLICY, key)));
  expect(new Set(states.map(({ remaining }) => remaining))).toEqual(new Set([1]));
  // Counted in this process they would not be there.
  const masters = await cluster.masters();
  const counts = await Promise.all(
    masters.map(async ({ server }) => (await server.client().keys('sk:rl:*')).length),
  );
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(counts.reduce((sum, count) => sum + count)).toBe(KEYS.length);
});
