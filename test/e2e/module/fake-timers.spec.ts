import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { RevocationCache } from '../../../lib/revocation/revocation-cache.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

/** Fakes the timers that jest, vitest and sinon have in common; ioredis needs `nextTick`, which only jest fakes. */
describe.each(
  ADAPTERS.flatMap((adapter) => (['store', 'feed'] as const).map((check) => ({ adapter, check }))),
)('an application on $adapter under fake timers, with check: $check', ({ adapter, check }) => {
  let redis: OwnRedis;
  let app: TestApp;
  /** Another node on the same Redis. */
  let other: TestApp;

  beforeEach(async () => {
    redis = await startOwnRedis();
    const clock = new FakeClock();
    const start = () =>
      startApp({
        adapter,
        clock,
        controllers: [ApiAppController],
        options: { redis: redis.connection, revocation: { check } },
      });
    [app, other] = [await start(), await start()];
    // The store decides about tokens of the first minute after the start of a stream.
    clock.advance(120_000);
    await app.get(SessionService).list('ada');
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
  });

  afterEach(async () => {
    jest.useRealTimers();
    await app.close();
    await other.close();
    await redis.stop();
  });

  it('creates, reads, updates and ends sessions in Redis', async () => {
    const { accessToken: token, handle } = await login(app.url, { userId: 'ada' });
    expect((await send(`${app.url}/api/user`, { token })).status).toBe(200);
    expect((await send(`${app.url}/api/session`, { token })).status).toBe(200);
    const sessions = app.get(SessionService);
    expect(await sessions.list('ada')).toHaveLength(1);
    await sessions.update(handle, {});
    expect(await sessions.revokeUser('ada')).toBe(1);
    expect((await send(`${app.url}/api/user`, { token })).status).toBe(401);
  });

  it('receives the revocations of another node', async () => {
    const { accessToken: token, handle } = await login(app.url, { userId: 'ada' });
    const status = async () => (await send(`${app.url}/api/user`, { token })).status;
    if (check === 'feed') {
      await eventually(
        () => app.get(RevocationCache).state(),
        ({ fresh }) => fresh,
      );
    }
    expect(await status()).toBe(200);
    expect(await other.get(SessionService).revoke(handle)).toBe(true);
    expect(await eventually(status, (code) => code !== 200)).toBe(401);
  });

  it('answers 503 when Redis hangs, because the timeout is not faked', async () => {
    const { accessToken: token } = await login(app.url, { userId: 'ada' });
    redis.signal('SIGSTOP');
    expect((await send(`${app.url}/api/session`, { token })).status).toBe(503);
    redis.signal('SIGCONT');
  });
});
