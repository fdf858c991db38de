import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

/** Fakes the timers that jest, vitest and sinon have in common; ioredis needs `nextTick`, which only jest fakes. */
describe.each(ADAPTERS)('an application on %s under fake timers', (adapter) => {
  let redis: OwnRedis;
  let app: TestApp;

  beforeEach(async () => {
    redis = await startOwnRedis();
    app = await startApp({
      adapter,
      controllers: [ApiAppController],
      options: { redis: redis.connection, revocation: { check: 'store' } },
    });
    await app.get(SessionService).list('ada');
    jest.useFakeTimers({ doNotFake: ['nextTick'] });
  });

  afterEach(async () => {
    jest.useRealTimers();
    await app.close();
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

  it('answers 503 when Redis hangs, because the timeout is not faked', async () => {
    const { accessToken: token } = await login(app.url, { userId: 'ada' });
    redis.signal('SIGSTOP');
    expect((await send(`${app.url}/api/user`, { token })).status).toBe(503);
    redis.signal('SIGCONT');
  });
});
