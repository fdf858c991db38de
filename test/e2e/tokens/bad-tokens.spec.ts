import { beforeEach, describe, expect, it } from '@jest/globals';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { send, sendRaw } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

/** Part of each bad value, to find it where it must not appear. */
const MARK = 'c2VjcmV0LW1hcms';

const BAD_TOKENS = [
  ['a single part', MARK],
  ['two parts', `${MARK}.${MARK}`],
  ['four parts', `${MARK}.${MARK}.${MARK}.${MARK}`],
  ['five parts, as a JWE', `${MARK}.${MARK}.${MARK}.${MARK}.${MARK}`],
  ['empty parts', `..${MARK}`],
  ['an empty signature', `${MARK}.${MARK}.`],
  ['padding', `${MARK}=.${MARK}.${MARK}`],
  ['characters of base64 but not base64url', `${MARK}+/.${MARK}.${MARK}`],
  ['JSON', `{"alg":"none","token":"${MARK}"}`],
  ['a path', `../../${MARK}`],
  ['a space inside', `${MARK}. ${MARK}.${MARK}`],
  ['percent-encoded NUL', `${MARK}%00.${MARK}.${MARK}`],
  ['10 kB', MARK.repeat(700)],
] as const;

describe.each(MATRIX)('$adapter with $store: bad tokens', (entry) => {
  const logger = new CollectingLogger();
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    configure: (app) => app.useLogger(logger),
  });
  const ran = (): string[] => fixture.app.get(ApiAppController).ran;

  beforeEach(() => {
    ran().length = 0;
    fixture.calls.length = 0;
  });

  describe.each([
    { path: '/api/user', method: 'GET' },
    { path: '/api/session', method: 'GET' },
    { path: '/auth/sessions', method: 'GET' },
    { path: '/auth/logout', method: 'POST' },
    { path: '/auth/logout-all', method: 'POST' },
  ])('$method $path', ({ path, method }) => {
    it.each(BAD_TOKENS)(
      'refuses a bearer token (%s) with TOKEN_INVALID, without a store call or a log line',
      async (_name, token) => {
        const { status, body, text, headers } = await send(fixture.url + path, { method, token });
        expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
        expect(text + JSON.stringify([...headers])).not.toContain(MARK);
        expect(logger.text).not.toContain(MARK);
        expect(fixture.calls).toEqual([]);
        expect(ran()).toEqual([]);
      },
    );
  });

  it.each(BAD_TOKENS)(
    'refuses a refresh token (%s) with TOKEN_INVALID at refresh and logout, without a store call or a log line',
    async (_name, refreshToken) => {
      for (const route of ['refresh', 'logout']) {
        const { status, body, text } = await send(`${fixture.url}/auth/${route}`, {
          method: 'POST',
          json: { refreshToken },
        });
        expect([status, body['code']]).toEqual([401, 'TOKEN_INVALID']);
        expect(text).not.toContain(MARK);
      }
      expect(logger.text).not.toContain(MARK);
      expect(fixture.calls).toEqual([]);
    },
  );

  it.each([
    ['a number', 1, 400],
    ['true', true, 400],
    ['an array', [MARK], 400],
    ['an empty array', [], 400],
    ['an object', { $ne: MARK }, 400],
    ['an empty object', {}, 400],
    ['null', null, 400],
    ['an empty string', '', 400],
    ['blank', ' ', 401],
    ['"__proto__"', '__proto__', 401],
    ['a string with a NUL', `${MARK}\u0000`, 401],
    ['a string with a line break', `${MARK}\r\nx: y`, 401],
  ])('15.2.2 refuses a refreshToken that is %s at refresh', async (_name, value, expected) => {
    const { status, body, text } = await send(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken: value },
    });
    const code = expected === 400 ? 'REFRESH_TOKEN_REQUIRED' : 'TOKEN_INVALID';
    expect([status, body['code']]).toEqual([expected, code]);
    expect(text + logger.text).not.toContain(MARK);
    expect(fixture.calls).toEqual([]);
  });

  it.each([1, true, [MARK], [], { a: MARK }, {}, '', ' '])(
    'refuses a refreshToken of %j at logout, and keeps the session of the bearer token beside it',
    async (refreshToken) => {
      const { accessToken: token } = await login(fixture.url, { userId: 'u1' });
      const { status } = await send(`${fixture.url}/auth/logout`, {
        method: 'POST',
        token,
        json: { refreshToken },
      });
      expect([400, 401]).toContain(status);
      expect((await send(`${fixture.url}/api/user`, { token })).status).toBe(200);
    },
  );

  it.each([`{"refreshToken":"${MARK}`, `"${MARK}"`, 'null', '[]', '{"__proto__":{"admin":1}}', ''])(
    'refuses a body of %j at refresh with 400, without a store call or a log line',
    async (body) => {
      const headers = ['content-type', 'application/json'];
      const sent = { method: 'POST', path: '/auth/refresh', headers, body };
      expect((await sendRaw(fixture.url, sent)).status).toBe(400);
      expect(logger.text).not.toContain(MARK);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
      expect(fixture.calls).toEqual([]);
    },
  );

  it('15.2.2 refuses a bearer token of 1 MB with 401 or 431 and continues to serve requests', async () => {
    const { status } = await sendRaw(fixture.url, {
      path: '/api/user',
      headers: ['authorization', `Bearer ${'x'.repeat(1_000_000)}`],
    });
    expect([401, 431]).toContain(status);
    expect(fixture.calls).toEqual([]);
    const { accessToken: token } = await login(fixture.url, { userId: 'u1' });
    expect((await send(`${fixture.url}/api/user`, { token })).status).toBe(200);
  });

  it('15.2.2 refuses a body of 2 MB with 413 and continues to serve requests', async () => {
    const json = { refreshToken: 'x'.repeat(2_000_000) };
    const { status } = await send(`${fixture.url}/auth/refresh`, { method: 'POST', json });
    expect(status).toBe(413);
    const { refreshToken } = await login(fixture.url, { userId: 'u1' });
    const next = { method: 'POST', json: { refreshToken } };
    expect((await send(`${fixture.url}/auth/refresh`, next)).status).toBe(200);
  });
});
