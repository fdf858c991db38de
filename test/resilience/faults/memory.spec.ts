import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { type Answer, send, type Sent } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, type TestApp } from '../../support/test-app.js';
import { startBusyApp } from '../../support/busy-app.js';
import { harmIn } from '../../support/figures.js';
import { DEADLINE_MS, underTraffic } from '../../support/traffic.js';
import type { LoggedIn } from '../../support/apps/api-app.controller.js';

const LOGINS = 10;

/** Faults that remove all sessions. */
const LOSSES: readonly [name: string, lose: (redis: OwnRedis) => Promise<unknown>][] = [
  [
    'is killed and started again without an append-only file',
    async (redis) => {
      await redis.kill();
      await redis.start();
    },
  ],
  ['is emptied by FLUSHALL', (redis) => redis.client().flushall()],
];

describe.each(ADAPTERS)('%s', (adapter) => {
  let redis: OwnRedis;
  let app: TestApp;

  beforeEach(async () => {
    redis = await startOwnRedis();
    app = await startBusyApp(adapter, redis.connection);
  });

  afterEach(async () => {
    await app?.close();
    await redis?.stop();
  });

  const ask = (path: string, sent?: Sent): Promise<Answer> => send(`${app.url}/${path}`, sent);

  const login = (userId: string, transport = 'bearer'): Promise<Answer<LoggedIn>> =>
    send(`${app.url}/api/login`, {
      method: 'POST',
      json: { userId, transport },
      headers: { 'sec-fetch-site': 'same-origin' },
    });

  it.each(LOSSES)(
    'when Redis %s, all users are logged out, no request hangs, and all can log in',
    async (_name, lose) => {
      const bearers = await Promise.all(
        Array.from({ length: LOGINS }, (_, i) => login(`bearer ${i}`)),
      );
      const cookies = await Promise.all(
        Array.from({ length: LOGINS }, (_, i) => login(`cookie ${i}`, 'cookie')),
      );
      const requests: (() => Promise<Answer>)[] = [
        ...bearers.map(
          ({ body: { accessToken: token } }) =>
            () =>
              ask('api/user', { token }),
        ),
        ...bearers.map(
          ({ body: { refreshToken } }) =>
            () =>
              ask('auth/refresh', { method: 'POST', json: { refreshToken } }),
        ),
        ...cookies.map(({ headers: answered }) => () => {
          const cookie = answered.getSetCookie()[0]!.split(';')[0]!;
          return ask('api/session', { headers: { cookie } });
        }),
      ];
      await lose(redis);
      const startedAt = performance.now();
      const first = await Promise.all(requests.map((request) => request()));
      expect(performance.now() - startedAt).toBeLessThan(DEADLINE_MS);
      for (const { status, headers } of first) {
        expect([401, 503]).toContain(status);
        expect(headers.getSetCookie()).toEqual([]);
      }
      for (const request of requests) {
        const { status, body, headers } = await eventually(
          request,
          (answer) => answer.status !== 503,
        );
        expect([status, body['code'], headers.getSetCookie()]).toEqual([401, 'SESSION_ENDED', []]);
      }
      const back = await Promise.all(
        Array.from({ length: LOGINS }, (_, i) => login(`bearer ${i}`)),
      );
      expect(new Set(back.map(({ status }) => status))).toEqual(new Set([200]));
    },
  );

  it('Redis at maxmemory keeps and ends existing sessions, and answers 503 to new logins', async () => {
    const client = redis.client();
    const { accessToken: token } = (await login('ada')).body;
    const report = await underTraffic([app], async ({ mark, recovered }) => {
      await client.config('SET', 'maxmemory', '1');
      const { status, headers } = await login('bob');
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect((await ask('api/user', { token })).status).toBe(200);
      expect((await ask('auth/logout', { method: 'POST', token })).status).toBe(200);
      expect((await ask('api/user', { token })).status).toBe(401);
      await client.config('SET', 'maxmemory', '0');
      mark();
      await recovered();
    });
    expect(harmIn(`one server at maxmemory, on ${adapter}`, report)).toEqual([]);
  });
});
