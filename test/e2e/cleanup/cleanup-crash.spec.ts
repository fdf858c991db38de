import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  CleanupService,
  SessionHealthIndicator,
  SessionStore,
  type SweepStep,
} from 'nestjs-session-kit';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { startTypescript, type TypescriptProcess } from '../../support/typescript-process.js';
import { contents, crowd, reread, settled } from '../../support/short-sessions.js';

const USERS = 60;
/** Steps of the other node before it is killed. */
const STEPS = 20;
const LEASE = 'sk:lease:cleanup';
const MAX_LEASE_MS = 15_000;

describe('cleanup after the sweeping node is killed', () => {
  let server: OwnRedis;
  let redis: Redis;
  let app: TestApp;
  let other: TypescriptProcess | undefined;

  beforeEach(async () => {
    server = await startOwnRedis();
    redis = server.client();
    app = await startApp({ options: { redis: server.connection, cleanup: { enabled: false } } });
  });

  afterEach(async () => {
    await other?.kill();
    await app.close();
    await server.stop();
  });

  const run = () => app.get(CleanupService).run();

  it('continues on another node once the lease expires, not before, and completes the sweep', async () => {
    const store = app.get(SessionStore);
    const nowMs = app.clock.nowMs();
    const users = { users: USERS, shortEach: 5, shortMs: 1000, nowMs };
    const { alive, bringShort } = await crowd(store, users);
    await settled(redis, app.get(CleanupService));
    const base = await contents(redis);
    const aliveBefore = await reread(store, alive);
    await bringShort();
    await eventually(
      () => redis.dbsize(),
      (keys) => keys === base.keys,
    );
    const dead = (await contents(redis)).members - base.members;
    expect(dead).toBeGreaterThanOrEqual(USERS);

    other = startTypescript(new URL('./sweeping-node.ts', import.meta.url), {
      REDIS_URL: server.url,
      STEPS: `${STEPS}`,
    });
    const lines = await other.lines(STEPS);
    const prunedByOther = lines
      .map((line) => JSON.parse(line) as Exclude<SweepStep, { skipped: unknown }>)
      .reduce((sum, { prunedIndexEntries }) => sum + prunedIndexEntries, 0);
    expect(prunedByOther).toBeGreaterThan(0);
    expect(prunedByOther).toBeLessThan(dead);
    const halfDone = await contents(redis);
    expect(halfDone).toEqual({ keys: base.keys + 1, members: base.members + dead - prunedByOther });
    const skipped = { skipped: 'leased-elsewhere', scannedKeys: 0, prunedIndexEntries: 0 };
    expect(await run()).toMatchObject(skipped);

    await other.kill();
    expect(await run()).toMatchObject(skipped);
    expect(await contents(redis)).toEqual(halfDone);
    const { sessions } = await app.get(SessionHealthIndicator).isHealthy('sessions');
    expect(sessions).toMatchObject({ status: 'up', leaseAgeSeconds: expect.any(Number) });

    // No node renews the lease any more. The test only shortens the time until it expires.
    const leftMs = await redis.pttl(LEASE);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(MAX_LEASE_MS);
    await redis.pexpire(LEASE, 50);
    const report = await eventually(run, (answer) => answer.skipped === undefined);
    expect(report).toMatchObject({
      scannedKeys: USERS,
      removedSessions: 0,
      prunedIndexEntries: dead - prunedByOther,
    });
    expect(await contents(redis)).toEqual(base);
    expect(await redis.exists(LEASE)).toBe(0);
    expect(await reread(store, alive)).toEqual(aliveBefore);
  });
});
