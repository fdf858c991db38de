import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CleanupService, SessionHealthIndicator } from 'nestjs-session-kit';
import { eventually } from '../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';
import { startApp, type TestApp } from '../support/test-app.js';

/** A call of the store has half a second: without a deadline the answer comes much later, or never. */
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

  it('is up with the latency of the store, under the key that is asked for', async () => {
    const answer = await health.isHealthy('sessions');
    expect(answer).toEqual({ sessions: { status: 'up', storeLatencyMs: expect.any(Number) } });
    expect(answer.sessions.storeLatencyMs).toBeGreaterThan(0);
  });

  it('tells how long ago the last cleanup was, once there was one', async () => {
    await app.get(CleanupService).run();
    expect((await health.isHealthy('sessions')).sessions).toEqual({
      status: 'up',
      storeLatencyMs: expect.any(Number),
      secondsSinceCleanup: 0,
    });
  });

  it.each([
    ['killed', () => redis.kill(), () => redis.start()],
    ['hung', async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
  ])('is down soon while Redis is %s, without a throw, and up again', async (_n, lose, restore) => {
    await lose();
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => health.isHealthy('sessions')),
    );
    expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
    const down = { sessions: { status: 'down', message: 'Session store unavailable' } };
    expect(answers).toEqual(Array.from({ length: 20 }, () => down));
    await restore();
    await eventually(
      () => health.isHealthy('sessions'),
      ({ sessions }) => sessions.status === 'up',
    );
  });

  it.each(['up', 'down'] as const)(
    'when %s, has the shape from which terminus makes its result',
    async (status) => {
      if (status === 'down') await redis.kill();
      // As HealthCheckExecutor of @nestjs/terminus sorts results: by the status of each key.
      const results = await Promise.all([health.isHealthy('sessions'), health.isHealthy('again')]);
      const details = Object.assign({}, ...results) as Record<string, { status: string }>;
      const keys = Object.keys(details).filter((key) => details[key]?.status === status);
      expect(keys).toEqual(['sessions', 'again']);
      expect(JSON.parse(JSON.stringify(details))).toEqual(details);
    },
  );
});

it('health with the memory store is up', async () => {
  const app = await startApp();
  expect(await app.get(SessionHealthIndicator).isHealthy('x')).toMatchObject({
    x: { status: 'up' },
  });
  await app.close();
});
