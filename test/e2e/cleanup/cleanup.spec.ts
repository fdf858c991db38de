import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { CleanupService, SessionStore, type SweepStep } from 'nestjs-session-kit';
import { startNodes, type Nodes } from '../../support/nodes.js';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { contents, crowd, reread, settled } from '../../support/short-sessions.js';

const BATCH = 25;
const LONG_MS = 3_600_000;

describe('cleanup on two nodes with one Redis', () => {
  let server: OwnRedis;
  let redis: Redis;
  let nodes: Nodes;
  let store: SessionStore;

  /** Begins a sweep in steps of one key; each `next()` runs one step. */
  const beginSweep = (): AsyncIterator<SweepStep> => {
    const { signal } = new AbortController();
    const steps = store.sweep({ batchSize: 1, signal });
    return steps[Symbol.asyncIterator]();
  };
  const leaseInRedis = async (): Promise<string> => (await redis.keys('*lease*'))[0] ?? '';
  const services = (): CleanupService[] => nodes.all.map(({ app }) => app.get(CleanupService));

  beforeAll(async () => {
    server = await startOwnRedis();
    redis = server.client();
    nodes = await startNodes({
      options: { cleanup: { enabled: false, batchSize: BATCH } },
      stores: [server.connection, server.connection],
    });
    store = nodes.all[0]!.app.get(SessionStore);
  });

  afterAll(async () => {
    await nodes?.close();
    await server?.stop();
  });

  it('removes all entries of 10,000 expired sessions in one sweep by one of the nodes', async () => {
    const nowMs = nodes.clock.nowMs();
    const { alive, bringShort } = await crowd(store, {
      users: 200,
      shortEach: 50,
      shortMs: 4000,
      nowMs,
    });
    await settled(redis, services()[0]!);
    const base = await contents(redis);
    expect(base).toEqual({ keys: 402, members: 200 });
    const aliveBefore = await reread(store, alive);
    await bringShort();
    await eventually(
      () => redis.dbsize(),
      (keys) => keys === base.keys,
    );
    // Redis expires the records by itself, but not the index entries.
    const { members } = await contents(redis);
    expect(members).toBeGreaterThan(base.members);

    const reports = await Promise.all(services().map((cleanup) => cleanup.run()));
    const swept = reports.filter(({ skipped }) => skipped === undefined);
    const skipped = reports.filter((report) => report.skipped !== undefined);
    expect(swept).toEqual([
      {
        removedSessions: 0,
        prunedIndexEntries: members - base.members,
        scannedKeys: 200,
        durationMs: expect.any(Number),
      },
    ]);
    expect(skipped).toEqual([
      expect.objectContaining({
        skipped: 'leased-elsewhere',
        prunedIndexEntries: 0,
        scannedKeys: 0,
      }),
    ]);
    expect(await contents(redis)).toEqual(base);
    expect(await reread(store, alive)).toEqual(aliveBefore);
  });

  it('removes only revocations that can no longer apply', async () => {
    const [key = ''] = await redis.keys('*:revocations');
    const old = '1-1';
    await redis
      .multi()
      .del(key)
      .xadd(key, old, 'token', 'old')
      .xadd(key, '*', 'token', 'new')
      .exec();
    await services()[0]!.run();
    const left = (await redis.xrange(key, '-', '+')).map(([, [, value]]) => value);
    expect(left).toContain('new');
    expect(left).not.toContain('old');
  });

  it('scans a bounded number of keys per step', async () => {
    const seen: number[] = [];
    const { signal } = new AbortController();
    for await (const step of store.sweep({ batchSize: BATCH, signal })) {
      if (!('skipped' in step)) seen.push(step.scannedKeys);
    }
    expect(seen.reduce((total, keys) => total + keys, 0)).toBe(200);
    // COUNT of SCAN is a hint: a step may return the rest of its last bucket.
    expect(Math.max(...seen)).toBeLessThanOrEqual(2 * BATCH);
  });

  it('releases the lease at the end, so that the other node can sweep at once', async () => {
    const [one, other] = services() as [CleanupService, CleanupService];
    for (const cleanup of [one, other, one]) {
      const { skipped, scannedKeys } = await cleanup.run();
      expect({ skipped, scannedKeys }).toEqual({ skipped: undefined, scannedKeys: 200 });
    }
    expect(await redis.keys('*lease*')).toEqual([]);
  });

  it('releases the lease at once when the caller stops during a sweep', async () => {
    for await (const step of store.sweep({ batchSize: 1, signal: new AbortController().signal })) {
      expect(step).not.toHaveProperty('skipped');
      expect(await leaseInRedis()).not.toBe('');
      break;
    }
    expect(await leaseInRedis()).toBe('');
  });

  it('stops a sweep whose lease another node took, and keeps that lease', async () => {
    const steps = beginSweep();
    await steps.next();
    const leaseKey = await leaseInRedis();
    await redis.set(leaseKey, 'another holder', 'PX', LONG_MS);
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(await redis.get(leaseKey)).toBe('another holder');
    await redis.del(leaseKey);
  });

  it('removes records that still exist after they expired by the clock of the package', async () => {
    const before = await contents(redis);
    nodes.clock.advance(299_000);
    const report = await services()[0]!.run();
    expect(report).toMatchObject({ removedSessions: before.members, prunedIndexEntries: 0 });
    expect(await contents(redis)).toEqual({ keys: 2, members: 0 });
    const [note = ''] = await redis.keys('*:done:cleanup');
    // Like every key, the note of the last sweep expires.
    expect(await redis.pttl(note)).toBeGreaterThan(0);
  });
});
