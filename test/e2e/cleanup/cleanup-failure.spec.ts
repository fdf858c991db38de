import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CleanupReport,
  CleanupService,
  memoryBackend,
  SessionStore,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { eventually } from '../../support/eventually.js';
import { codeOf } from '../../support/nodes.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { crowd, reread } from '../../support/short-sessions.js';

const CLEANUP = { enabled: false, batchSize: 1 };

// The test runner fails a test on an unhandled rejection.
describe('cleanup during an outage of Redis or a shutdown of the application', () => {
  let redis: OwnRedis;
  let app: TestApp;

  beforeEach(async () => {
    redis = await startOwnRedis('--appendonly', 'yes', '--appendfsync', 'always');
    app = await startApp({ options: { redis: redis.connection, cleanup: CLEANUP } });
    const nowMs = app.clock.nowMs();
    const users = { users: 400, shortEach: 0, shortMs: 0, nowMs };
    await crowd(app.get(SessionStore), users);
  });

  afterEach(async () => {
    await app.close();
    await redis.stop();
  });

  /** Starts a sweep in steps of one key and waits until it is in progress. */
  const begin = async (): Promise<{ run: Promise<CleanupReport> }> => {
    const client = redis.client();
    await client.config('RESETSTAT');
    const scans = async (): Promise<number> =>
      Number(/cmdstat_scan:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
    const run = app.get(CleanupService).run();
    // The test handles the rejection later; this handler keeps an early failure from being reported as unhandled.
    run.catch(() => undefined);
    await eventually(scans, (count) => count > 0);
    return { run };
  };

  it.each([
    ['killed', () => redis.kill(), () => redis.start()],
    ['hung', async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
  ])(
    'rejects run() with STORE_UNAVAILABLE if Redis is %s during a sweep, and works in the next run',
    async (_name, lose, restore) => {
      const { run } = await begin();
      await lose();
      expect(await codeOf(run)).toBe('STORE_UNAVAILABLE');
      expect(await codeOf(app.get(CleanupService).run())).toBe('STORE_UNAVAILABLE');
      await restore();
      const client = redis.client();
      await eventually(
        () => client.del('sk:lease:cleanup').catch(() => undefined),
        (answer) => answer !== undefined,
      );
      const report = await eventually(
        () =>
          app
            .get(CleanupService)
            .run()
            .catch(() => undefined),
        (answer) => answer !== undefined,
      );
      expect(report).toMatchObject({ scannedKeys: 400, removedSessions: 0 });
    },
  );

  it('stops the sweep early and releases the lease on close()', async () => {
    const { run } = await begin();
    await app.close();
    const { scannedKeys } = await run;
    expect(scannedKeys).toBeLessThan(400);
    expect(await redis.client().exists('sk:lease:cleanup')).toBe(0);
  });

  it('shares one sweep between concurrent calls of run()', async () => {
    const cleanup = app.get(CleanupService);
    const [one, other] = await Promise.all([cleanup.run(), cleanup.run()]);
    expect(one).toBe(other);
    expect(one).toMatchObject({ scannedKeys: 400 });
    expect(await cleanup.run()).not.toBe(one);
  });
});

describe('cleanup of the memory store', () => {
  const clock = new FakeClock();

  it('removes expired sessions in batches, keeps live ones and frees their memory', async () => {
    const options = { store: memoryBackend({ clock, maxSessions: 10_050 }), cleanup: CLEANUP };
    const app = await startApp({ clock, options: { ...options, cleanup: { enabled: false } } });
    const store = app.get(SessionStore);
    const nowMs = clock.nowMs();
    const { alive, bringShort } = await crowd(store, {
      users: 50,
      shortEach: 200,
      shortMs: 1000,
      nowMs,
    });
    await bringShort();
    const aliveBefore = await reread(store, alive);
    clock.advance(1000);
    const cleanup = app.get(CleanupService);
    expect(await cleanup.run()).toMatchObject({ removedSessions: 10_000, scannedKeys: 10_050 });
    expect(await reread(store, alive)).toEqual(aliveBefore);
    expect(await cleanup.run()).toMatchObject({ removedSessions: 0, scannedKeys: 50 });
    await app.close();
  });

  it('stops the sweep early on close()', async () => {
    const { store } = memoryBackend({ clock, maxSessions: 1000 });
    const app = await startApp({ clock, options: { store, cleanup: CLEANUP } });
    await crowd(store, { users: 500, shortEach: 0, shortMs: 0, nowMs: clock.nowMs() });
    const run = app.get(CleanupService).run();
    await app.close();
    expect((await run).scannedKeys).toBeLessThan(500);
  });
});
