import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  CleanupService,
  SessionHealthIndicator,
  SessionService,
  SessionStore,
  type SweepStep,
} from 'nestjs-session-kit';
import { eventually } from '../../support/eventually.js';
import { type Nodes, startNodes } from '../../support/nodes.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { crowd } from '../../support/short-sessions.js';

/** A store call has a timeout of half a second; without it the answer comes much later or never. */
const SOON_MS = 5000;

describe('health with Redis', () => {
  let redis: OwnRedis;
  let app: TestApp;
  let health: SessionHealthIndicator;

  beforeEach(async () => {
    redis = await startOwnRedis();
    app = await startApp({ options: { redis: redis.connection } });
    health = app.get(SessionHealthIndicator);
  });

  afterEach(async () => {
    await app.close();
    await redis.stop();
  });

  it('reports up and the latency of the store under the requested key', async () => {
    const answer = await health.isHealthy('sessions');
    expect(answer).toMatchObject({
      sessions: { status: 'up', storeLatencyMs: expect.any(Number) },
    });
    expect(answer.sessions.storeLatencyMs).toBeGreaterThan(0);
  });

  it('reports the time since the last cleanup', async () => {
    await app.get(CleanupService).run();
    expect((await health.isHealthy('sessions')).sessions).toMatchObject({
      status: 'up',
      storeLatencyMs: expect.any(Number),
      secondsSinceCleanup: 0,
    });
  });

  it('reports the state of the revocation cache of this node', async () => {
    const { feed } = (
      await eventually(
        () => health.isHealthy('sessions'),
        ({ sessions }) => sessions.feed?.fresh === true,
      )
    ).sessions;
    expect(feed).toEqual({ fresh: true, ageMs: expect.any(Number), entries: 0 });
    const { session } = await app
      .get(SessionService)
      .create({ transport: 'cookie', userId: 'ada' });
    await app.get(SessionService).revoke(session.handle);
    const { sessions } = await eventually(
      () => health.isHealthy('sessions'),
      (answer) => answer.sessions.feed?.lagMs !== undefined,
    );
    expect(sessions.feed).toMatchObject({ fresh: true, entries: 1 });
    await redis.kill();
    await eventually(
      () => health.isHealthy('sessions'),
      (answer) => answer.sessions.feed?.fresh === false,
    );
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.start()],
    ['hung', async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
  ])(
    'reports down soon while Redis is %s, without throwing, and then up again',
    async (_n, lose, restore) => {
      await lose();
      const startedAt = performance.now();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => health.isHealthy('sessions')),
      );
      expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
      const down = { sessions: { status: 'down', message: 'Session store unavailable' } };
      expect(answers).toMatchObject(Array.from({ length: 20 }, () => down));
      expect(answers[0]!.sessions).not.toHaveProperty('storeLatencyMs');
      await restore();
      await eventually(
        () => health.isHealthy('sessions'),
        ({ sessions }) => sessions.status === 'up',
      );
    },
  );

  it.each(['up', 'down'] as const)(
    'has the shape that terminus expects when the status is %s',
    async (status) => {
      if (status === 'down') await redis.kill();
      // HealthCheckExecutor of @nestjs/terminus groups results by the status of each key.
      const results = await Promise.all([health.isHealthy('sessions'), health.isHealthy('again')]);
      const details = Object.assign({}, ...results) as Record<string, { status: string }>;
      const keys = Object.keys(details).filter((key) => details[key]?.status === status);
      expect(keys).toEqual(['sessions', 'again']);
      expect(JSON.parse(JSON.stringify(details))).toEqual(details);
    },
  );
});

const both = (cleanup: object): object[] => [cleanup, cleanup];

describe('health of two nodes with one Redis', () => {
  let redis: OwnRedis;
  let nodes: Nodes;

  beforeEach(async () => {
    redis = await startOwnRedis();
    nodes = await startNodes({
      options: { cleanup: { enabled: false } },
      stores: [redis.connection, redis.connection],
    });
    const nowMs = nodes.clock.nowMs();
    await crowd(store(), { users: 10, shortEach: 0, shortMs: 0, nowMs });
  });

  afterEach(async () => {
    await nodes.close();
    await redis.stop();
  });

  const store = (): SessionStore => nodes.all[0]!.app.get(SessionStore);

  /** Returns the cleanup fields of the health of each node. */
  const seen = (): Promise<object[]> =>
    Promise.all(
      nodes.all.map(async ({ app }) => {
        const { sessions } = await app.get(SessionHealthIndicator).isHealthy('sessions');
        const { status: _status, storeLatencyMs: _latency, feed: _feed, ...cleanup } = sessions;
        return cleanup;
      }),
    );
  /** Begins a sweep of the first node in steps of one key; each `next()` runs one step. */
  const beginSweep = async (): Promise<AsyncIterator<SweepStep>> => {
    const { signal } = new AbortController();
    const steps = store().sweep({ batchSize: 1, signal })[Symbol.asyncIterator]();
    await steps.next();
    return steps;
  };

  it('reports on both the time since a sweep by one of them, and nothing before the first', async () => {
    expect(await seen()).toEqual(both({}));
    await nodes.all[0]!.app.get(CleanupService).run();
    expect(await seen()).toEqual(both({ secondsSinceCleanup: 0 }));
    nodes.clock.advance(7_200_000);
    expect(await seen()).toEqual(both({ secondsSinceCleanup: 7200 }));
    await nodes.all[1]!.app.get(CleanupService).run();
    expect(await seen()).toEqual(both({ secondsSinceCleanup: 0 }));
  });

  it('reports on both how long one of them has been sweeping, across renewals of the lease', async () => {
    const steps = await beginSweep();
    expect(await seen()).toEqual(both({ leaseAgeSeconds: 0 }));
    nodes.clock.advance(10_000);
    await steps.next();
    nodes.clock.advance(10_000);
    expect(await seen()).toEqual(both({ leaseAgeSeconds: 20 }));
    while (!(await steps.next()).done);
    expect(await seen()).toEqual(both({ secondsSinceCleanup: 0 }));
  });

  it('does not count a skipped or an interrupted sweep as completed', async () => {
    const steps = await beginSweep();
    const report = await nodes.all[1]!.app.get(CleanupService).run();
    expect(report.skipped).toBe('leased-elsewhere');
    expect(await seen()).toEqual(both({ leaseAgeSeconds: 0 }));
    await steps.return?.();
    expect(await seen()).toEqual(both({}));
  });

  it('omits the fields if the lease and the note in Redis have an unknown form', async () => {
    await nodes.all[0]!.app.get(CleanupService).run();
    const [done = ''] = await redis.client().keys('*done*');
    await redis.client().set(done, 'long ago');
    await redis.client().set(done.replace('done', 'lease'), 'unknown');
    expect(await seen()).toEqual(both({}));
  });
});

it('reports up with the memory store, and the time since this process swept', async () => {
  const app = await startApp();
  const health = app.get(SessionHealthIndicator);
  const feed = { fresh: true, entries: 0 };
  const up = { status: 'up', storeLatencyMs: expect.any(Number), feed };
  expect(await health.isHealthy('x')).toEqual({ x: up });
  await app.get(CleanupService).run();
  expect(await health.isHealthy('x')).toEqual({ x: { ...up, secondsSinceCleanup: 0 } });
  await app.close();
});
