import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { ApiAppController, type LoggedIn, login } from '../../support/apps/api-app.controller.js';
import { eventually } from '../../support/eventually.js';
import { type Answer, send } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

/**
 * A call of the store has half a second, so an answer that waits for a dead Redis without a
 * deadline takes longer.
 */
const SOON_MS = 5000;

const LOSSES = [
  {
    name: 'killed',
    lose: (redis: OwnRedis) => redis.kill(),
    restore: (redis: OwnRedis) => redis.start(),
  },
  {
    name: 'hung',
    lose: async (redis: OwnRedis) => redis.signal('SIGSTOP'),
    restore: async (redis: OwnRedis) => redis.signal('SIGCONT'),
  },
];

describe.each(ADAPTERS)('%s', (adapter) => {
  describe.each(LOSSES)('Redis is $name while the application runs', ({ lose, restore }) => {
    let redis: OwnRedis;
    let app: TestApp;
    let lost = false;

    beforeAll(async () => {
      // With persistence, so that sessions from before the loss exist after it.
      redis = await startOwnRedis('--appendonly', 'yes', '--appendfsync', 'always');
      app = await startApp({
        adapter,
        controllers: [ApiAppController],
        options: { redis: redis.connection },
      });
    });

    beforeEach(() => {
      app.get(ApiAppController).ran.length = 0;
    });

    afterEach(async () => {
      if (lost) await restore(redis);
      lost = false;
      await eventually(
        () => send(`${app.url}/api/login`, { method: 'POST', json: { userId: 'back' } }),
        ({ status }) => status === 200,
      );
    });

    afterAll(async () => {
      await app?.close();
      await redis?.stop();
    });

    const loseIt = async (): Promise<void> => {
      await lose(redis);
      lost = true;
    };
    const restoreIt = async (): Promise<void> => {
      await restore(redis);
      lost = false;
    };
    const post = (route: string, { token, json }: { token?: string; json?: object }) =>
      send<TokenPair & { code?: string }>(`${app.url}/${route}`, { method: 'POST', token, json });

    it.each([
      [
        'a guarded route',
        ({ accessToken: token }: LoggedIn) => send(`${app.url}/api/user`, { token }),
      ],
      [
        'the list',
        ({ accessToken: token }: LoggedIn) => send(`${app.url}/auth/sessions`, { token }),
      ],
      ['refresh', ({ refreshToken }: LoggedIn) => post('auth/refresh', { json: { refreshToken } })],
      ['logout', ({ accessToken: token }: LoggedIn) => post('auth/logout', { token })],
      ['logout-all', ({ accessToken: token }: LoggedIn) => post('auth/logout-all', { token })],
      ['confirm', ({ accessToken: token }: LoggedIn) => post('api/confirm', { token })],
      ['login', () => post('api/login', { json: { userId: 'u2' } })],
    ] as [string, (mine: LoggedIn) => Promise<Answer<object>>][])(
      '%s answers 503 with Retry-After quickly, and the handler does not run',
      async (_name, ask) => {
        const mine = await login(app.url, { userId: 'u1' });
        await loseIt();
        const startedAt = performance.now();
        const { status, body, headers } = await ask(mine);
        expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
        expect(status).toBe(503);
        expect(body).toEqual({
          statusCode: 503,
          error: 'Service Unavailable',
          message: 'Session store unavailable',
          code: 'STORE_UNAVAILABLE',
        });
        expect(headers.get('retry-after')).toBe('1');
        expect(headers.get('www-authenticate')).toBeNull();
        expect(app.get(ApiAppController).ran).toEqual([]);
      },
    );

    it('public routes and malformed requests are answered as usual', async () => {
      await loseIt();
      expect((await send(`${app.url}/api/open`)).status).toBe(200);
      const refused = await send(`${app.url}/api/user`, { token: 'garbage' });
      expect([refused.status, refused.body['code']]).toEqual([401, 'TOKEN_INVALID']);
      expect((await send(`${app.url}/api/user`)).body['code']).toBe('TOKEN_MISSING');
    });

    it('sessions from before the loss continue when Redis is back', async () => {
      const mine = await login(app.url, { userId: 'u3', data: { kept: 1 } });
      await loseIt();
      expect((await send(`${app.url}/api/user`, { token: mine.accessToken })).status).toBe(503);
      await restoreIt();
      const { body } = await eventually(
        () => send(`${app.url}/api/session`, { token: mine.accessToken }),
        ({ status }) => status === 200,
      );
      expect(body).toMatchObject({ session: { handle: mine.handle, data: { kept: 1 } } });
    });

    it('16.5.3 a refresh that answered 503 rotated nothing: the token is still valid when Redis is back', async () => {
      const { refreshToken } = await login(app.url, { userId: 'u4' });
      await loseIt();
      expect((await post('auth/refresh', { json: { refreshToken } })).status).toBe(503);
      await restoreIt();
      // Past the grace, in which even a replaced token is accepted.
      app.clock.advance(60_000);
      const { body } = await eventually(
        () => post('auth/refresh', { json: { refreshToken } }),
        ({ status }) => status !== 503,
      );
      expect(body.code).toBeUndefined();
      const me = await send(`${app.url}/api/user`, { token: body.accessToken });
      expect(me.status).toBe(200);
    });

    it('hundreds of requests during the loss all get 503, and none hangs', async () => {
      const { accessToken: token } = await login(app.url, { userId: 'u5' });
      await loseIt();
      const asked = Array.from({ length: 100 }, () => send(`${app.url}/api/user`, { token }));
      const statuses = new Set((await Promise.all(asked)).map(({ status }) => status));
      expect([...statuses]).toEqual([503]);
    });
  });
});
