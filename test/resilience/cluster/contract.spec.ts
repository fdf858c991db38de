import { afterAll, beforeAll } from '@jest/globals';
import { describeSessionStore } from 'nestjs-session-kit/testing';
import { startCluster, type TestCluster } from '../../support/redis/redis-cluster.js';
import { openRedisStore } from '../../support/redis/redis-store.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster?.stop());

describeSessionStore('Redis on a Cluster', () => openRedisStore(cluster.connection), {
  revocationLog: true,
  rateLimitCounter: true,
});
