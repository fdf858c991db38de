import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import { CleanupService } from 'nestjs-session-kit';
import { type Finished, runCli } from '../../support/shell.js';
import { expireInRedis, type StockedRedis, stockedRedis } from '../../support/stocked-redis.js';
import { startCluster, type TestCluster } from '../../support/redis/redis-cluster.js';
import { startApp } from '../../support/test-app.js';

/** Enough users that some are on every master. */
const USERS = 60;

let cluster: TestCluster;
let stock: StockedRedis;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(() => cluster?.stop());

beforeEach(async () => {
  stock = await stockedRedis(cluster.connection);
});

afterEach(() => stock.close());

const kit = (...argv: string[]): Promise<Finished> =>
  runCli([...argv, '--prefix', stock.keyPrefix], { env: { REDIS_CLUSTER: cluster.addresses } });

/** The number of records and indexes on each master. */
async function spread(): Promise<number[]> {
  const masters = await cluster.masters();
  const keys = masters.map(({ server }) => server.client().keys(`${stock.keyPrefix}{???}:[su]:*`));
  return (await Promise.all(keys)).map((found) => found.length);
}

describe('operations on all sessions reach every master of a Cluster', () => {
  it('stats counts them all', async () => {
    await stock.add(USERS);
    expect(Math.min(...(await spread()))).toBeGreaterThan(0);
    const { exitCode, out, err } = await kit('stats', '--json');
    const counted = { keyPrefix: stock.keyPrefix, sessions: USERS, users: USERS };
    expect(JSON.parse(out)).toEqual(counted);
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('revoke-everyone ends them all', async () => {
    await stock.add(USERS);
    expect((await kit('revoke-everyone', '--yes')).exitCode).toBe(0);
    expect(await spread()).toEqual([0, 0, 0]);
  });

  it.each([
    ['the command', async () => JSON.parse((await kit('sweep', '--json')).out) as object],
    ['an app', sweepOfAnApp],
  ])('sweep by %s removes everything that expired', async (_who, sweep) => {
    const records = await stock.add(USERS);
    const [master] = await cluster.masters();
    const anyone = new Cluster([{ port: master!.server.port }]);
    for (const record of records) await expireInRedis(anyone, stock.keyPrefix, record);
    anyone.disconnect();
    expect(Math.min(...(await spread()))).toBeGreaterThan(0);
    expect(await sweep()).toMatchObject({ scannedKeys: USERS, prunedIndexEntries: USERS });
    expect(await spread()).toEqual([0, 0, 0]);
  });
});

async function sweepOfAnApp(): Promise<object> {
  const app = await startApp({
    options: { redis: cluster.connection, keyPrefix: stock.keyPrefix },
  });
  try {
    return await app.get(CleanupService).run();
  } finally {
    await app.close();
  }
}
