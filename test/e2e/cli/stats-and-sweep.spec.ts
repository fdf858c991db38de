import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { expireInRedis, type StockedRedis, stockedRedis } from '../../support/stocked-redis.js';
import { type Finished, runCli } from '../../support/shell.js';

let redis: TestRedis;
let stock: StockedRedis;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis.stop());

beforeEach(async () => {
  stock = await stockedRedis(redis.connection);
});

afterEach(() => stock.close());

const kit = (...argv: string[]): Promise<Finished> =>
  runCli([...argv, '--prefix', stock.keyPrefix], { env: redis.env });

describe('stats', () => {
  it('counts the sessions and users of this prefix across several steps of SCAN', async () => {
    await stock.add(1400);
    await stock.add(3, { userId: 'ada' });
    const { exitCode, out, err } = await kit('stats', '--json');
    expect(JSON.parse(out)).toEqual({ keyPrefix: stock.keyPrefix, sessions: 1403, users: 1401 });
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('does not count keys of a similar form', async () => {
    const client = redis.client();
    for (const key of ['lease:cleanup', '{abc}:x:s:1'])
      await client.set(stock.keyPrefix + key, 'x');
    await client.set(`x${stock.keyPrefix}{abc}:s:1`, 'x');
    const { exitCode, out } = await kit('stats');
    expect(out).toBe(`keyPrefix  ${stock.keyPrefix}\nsessions   0\nusers      0\n`);
    expect(exitCode).toBe(0);
  });
});

describe('sweep', () => {
  it('removes the index entries of expired sessions and reports them as an application does', async () => {
    const [gone] = await stock.add(2, { userId: 'ada' });
    await stock.add(600);
    if (gone) await expireInRedis(redis.client(), stock.keyPrefix, gone);

    const { exitCode, out } = await kit('sweep', '--json');

    expect(JSON.parse(out)).toEqual({
      removedSessions: 0,
      prunedIndexEntries: 1,
      scannedKeys: 601,
      durationMs: expect.any(Number),
    });
    expect(exitCode).toBe(0);
    expect(await redis.client().exists(`${stock.keyPrefix}lease:cleanup`)).toBe(0);
  });

  it('does not sweep while another node holds the lease', async () => {
    const [gone] = await stock.add(1);
    if (gone) await expireInRedis(redis.client(), stock.keyPrefix, gone);
    await redis.client().set(`${stock.keyPrefix}lease:cleanup`, 'another node', 'PX', 60_000);

    const { exitCode, out, err } = await kit('sweep');

    expect(out).toMatch(/^scannedKeys +0$/m);
    expect(out).toMatch(/^skipped +leased-elsewhere$/m);
    expect(err).toBe('skipped, because another node is running a sweep\n');
    expect(exitCode).toBe(0);
    expect(await redis.client().get(`${stock.keyPrefix}lease:cleanup`)).toBe('another node');
  });
});
