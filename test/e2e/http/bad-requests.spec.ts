import { beforeEach, describe, expect, it } from '@jest/globals';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send, sendRaw } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, type LoggedIn, login } from '../../support/apps/api-app.controller.js';

describe.each(MATRIX)('$adapter with $store: bad requests', (entry) => {
  const logger = new CollectingLogger();
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    configure: (app) => app.useLogger(logger),
  });
  let mine: LoggedIn;

  beforeEach(async () => {
    mine = await login(fixture.url, { userId: 'u1' });
    fixture.calls.length = 0;
    fixture.app.get(ApiAppController).ran.length = 0;
  });

  it.each(['/api/user', '/auth/sessions', '/auth/logout'])(
    'refuses two Authorization headers at %s with 401 instead of picking one',
    async (path) => {
      const method = path === '/auth/logout' ? 'POST' : 'GET';
      const good = ['Authorization', `Bearer ${mine.accessToken}`];
      for (const headers of [
        [...good, ...good],
        [...good, 'authorization', 'Bearer garbage'],
        ['AUTHORIZATION', 'Bearer garbage', ...good],
        ['authorization', 'Basic dTpw', ...good],
      ]) {
        const { status, body } = await sendRaw(fixture.url, { method, path, headers });
        expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
      }
      expect(fixture.calls).toEqual([]);
      expect(fixture.app.get(ApiAppController).ran).toEqual([]);
    },
  );

  it.each([
    ['the query', (token: string) => ({ path: `/api/user?access_token=${token}&token=${token}` })],
    ['the path', (token: string) => ({ path: `/api/user;${token}` })],
    [
      'a body',
      (token: string) => ({
        path: '/api/user',
        headers: ['content-type', 'application/json'],
        body: JSON.stringify({ access_token: token }),
      }),
    ],
    [
      'X-Access-Token',
      (token: string) => ({ path: '/api/user', headers: ['x-access-token', token] }),
    ],
    [
      'Proxy-Authorization',
      (token: string) => ({
        path: '/api/user',
        headers: ['proxy-authorization', `Bearer ${token}`],
      }),
    ],
    [
      'a cookie',
      (token: string) => ({
        path: '/api/user',
        headers: ['cookie', `access_token=${token}; session=${token}; jwt=${token}`],
      }),
    ],
    [
      'another scheme',
      (token: string) => ({ path: '/api/user', headers: ['authorization', `Token ${token}`] }),
    ],
    ['no scheme', (token: string) => ({ path: '/api/user', headers: ['authorization', token] })],
  ])('14.2.1 does not accept an access token in %s', async (_place, request) => {
    const { status, text } = await sendRaw(fixture.url, request(mine.accessToken));
    // A path without a route answers 404.
    expect([401, 404]).toContain(status);
    expect(fixture.app.get(ApiAppController).ran).toEqual([]);
    expect(fixture.calls).toEqual([]);
    expect(text.replaceAll(/\/api\/user[^"]*/g, '')).not.toContain(mine.accessToken);
  });

  it('14.2.1 accepts a refresh token only in the body', async () => {
    const { refreshToken } = mine;
    for (const sent of [
      { path: `/auth/refresh?refreshToken=${refreshToken}` },
      { path: '/auth/refresh', headers: ['x-refresh-token', refreshToken] },
      { path: '/auth/refresh', headers: ['cookie', `refreshToken=${refreshToken}`] },
      { path: '/auth/refresh', headers: ['authorization', `Bearer ${refreshToken}`] },
    ]) {
      const { status, body } = await sendRaw(fixture.url, { method: 'POST', ...sent });
      expect([status, body['code']]).toEqual([400, 'REFRESH_TOKEN_REQUIRED']);
    }
    expect(fixture.calls).toEqual([]);
  });

  it.each([
    '*',
    '%2A',
    '../',
    '..%2F..%2Fsessions',
    '%00',
    'abc.AAAAAAAAAAAAAAAAAAAAA%00',
    '__proto__',
    'constructor',
    '{x}',
    '%7Bx%7D',
    'abc.AAAAAAAAAAAAAAAAAAAAAB',
    'abc.AAAAAAAAAAAAAAAAAAAAAAA',
    'abc.*',
    '%0D%0Ax',
    '%E0%A4%A',
    '%F0%9F%92%A9',
    '%5B%5D',
    'x'.repeat(10_000),
  ])(
    'CS-Session "id as input" does not end a session or query the store for DELETE sessions/%s',
    async (handle) => {
      const { status, body } = await sendRaw(fixture.url, {
        method: 'DELETE',
        path: `/auth/sessions/${handle}`,
        headers: ['authorization', `Bearer ${mine.accessToken}`],
      });
      // The router answers 400 to an invalid encoding, and the server 414 to a path that is too long.
      expect([400, 404, 414]).toContain(status);
      expect(body['statusCode']).toBe(status);
      // The only call is the guard's read of the session of the request, if a route matched.
      expect(fixture.calls.filter((call) => call !== 'read')).toEqual([]);
      expect(fixture.calls.length).toBeLessThanOrEqual(1);
      expect(await fixture.sessions.find(mine.handle)).not.toBeNull();
    },
  );

  it('continues to serve requests, and logs no token from the requests above', async () => {
    expect((await send(`${fixture.url}/api/user`, { token: mine.accessToken })).status).toBe(200);
    expect(logger.lines).not.toEqual([]);
    expect(logger.text).not.toContain(mine.accessToken.slice(-30));
  });
});
