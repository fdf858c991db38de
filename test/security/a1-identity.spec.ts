import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionService, TokenService, type TokenPair } from 'nestjs-session-kit';
import { send, sendRaw } from '../support/http-client.js';
import { ADAPTERS } from '../support/test-app.js';
import { claimsOf, encoded, Forge } from '../support/forge.js';
import { useAttackTarget } from '../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  SESSION_ENDED,
  denied,
  AttackTargetController,
} from '../support/apps/attack-target.controller.js';

const MISSING =
  '401 {"statusCode":401,"error":"Unauthorized","message":"No token provided","code":"TOKEN_MISSING"}';
const REFRESH_REQUIRED =
  '400 {"statusCode":400,"error":"Bad Request","message":"Refresh token required","code":"REFRESH_TOKEN_REQUIRED"}';

/** Strings that may cause harm as a key, a pattern, a path, a property name or a header. */
const HOSTILE_IDS: unknown[] = [
  '',
  ' ',
  '*',
  'sk:*',
  '../',
  '../../etc/passwd',
  '\u0000',
  'a\r\nSET x 1\r\n',
  '__proto__',
  'constructor',
  '{x}',
  'AAA.{x}AAAAAAAAAAAAAAAAAAA',
  'AAA.AAAAAAAAAAAAAAAAAAAAAB',
  'AAA.AAAAAAAAAAAAAAAAAAAAAA\n',
  `AAA.${'A'.repeat(42)}B`,
  'A'.repeat(10_000),
  'j:{"handle":"AAA.AAAAAAAAAAAAAAAAAAAAAA"}',
  '[object Object]',
  null,
  undefined,
  0,
  ['AAA.AAAAAAAAAAAAAAAAAAAAAA'],
  { toString: () => 'AAA.AAAAAAAAAAAAAAAAAAAAAA' },
].map((id) => [id]);

describe.each(ADAPTERS)('identity on %s', (adapter) => {
  const target = useAttackTarget(adapter);
  let pair: TokenPair;
  let sessions: SessionService;

  beforeAll(async () => {
    pair = await logIn(target.url, 'u1');
    sessions = target.get(SessionService);
  });

  beforeEach(() => {
    target.calls.length = 0;
    target.get(AttackTargetController).ran.length = 0;
  });

  it.each(['sub', 'sid', 'role', 'exp', 'type', 'cver'])(
    '7.2.1 a token with modified %s is refused',
    async (name) => {
      const [header, , signature] = pair.accessToken.split('.');
      const payload = encoded({ ...claimsOf(pair.accessToken), [name]: 'admin' });
      const edited = `${header}.${payload}.${signature}`;
      expect(await request(target, edited)).toEqual(denied(INVALID_TOKEN));
      expect(target.calls).toEqual([]);
    },
  );

  it('7.2.1 no other header determines the identity', async () => {
    const headers = {
      'x-user-id': 'u1',
      'x-user': 'u1',
      'x-forwarded-user': 'u1',
      'x-session': 'u1',
    };
    const { status, text } = await send(`${target.url}/target/kit`, { headers });
    expect(`${status} ${text}`).toBe(MISSING);
    const { body } = await send(`${target.url}/target/kit`, { headers, token: pair.accessToken });
    expect(body).toEqual({ id: 'u1' });
    await logIn(target.url, 'u2');
    const other = await send(`${target.url}/target/kit`, {
      headers: { 'x-user-id': 'u2' },
      token: pair.accessToken,
    });
    expect(other.body).toEqual({ id: 'u1' });
  });

  it('7.2.2 two logins of one user share no id, and no part of a token except its header', async () => {
    const again = await logIn(target.url, 'u1');
    const { accessToken, refreshToken } = pair;
    const tokens = [accessToken, refreshToken, again.accessToken, again.refreshToken];
    const handles = new Set(tokens.map((token) => claimsOf(token)['sid']));
    expect(handles.size).toBe(2);
    expect(new Set(tokens.map((token) => claimsOf(token)['jti'])).size).toBe(4);
    expect(new Set(tokens.map((token) => token.split('.')[2])).size).toBe(4);
  });

  it('14.2.1 a token is accepted in the Authorization header only', async () => {
    const token = pair.accessToken;
    const json = {
      access_token: token,
      accessToken: token,
      token,
      authorization: `Bearer ${token}`,
    };
    const query = new URLSearchParams(json).toString();
    for (const route of ['kit', 'passport']) {
      const url = `${target.url}/target/${route}`;
      const answers = [
        await send(`${url}?${query}`),
        ...(await Promise.all(
          ['x-access-token', 'x-auth-token', 'proxy-authorization', 'token', 'cookie'].map((name) =>
            send(url, {
              headers: { [name]: name === 'cookie' ? `token=${token}` : `Bearer ${token}` },
            }),
          ),
        )),
        ...(await Promise.all(
          [token, `Basic ${token}`, `JWT ${token}`, `Token ${token}`, `Bearer\t${token}`].map(
            (authorization) => send(url, { headers: { authorization } }),
          ),
        )),
      ];
      for (const { status } of answers) expect(status).toBe(401);
    }
    const patched = await send(`${target.url}/target/data`, { method: 'PATCH', json });
    expect(patched.status).toBe(401);
    expect((await send(`${target.url}/target/kit/${token}`)).status).toBe(404);
    expect(target.get(AttackTargetController).ran).toEqual([]);
    expect(target.calls).toEqual([]);
  });

  it('14.2.1 a refresh token is accepted in the body only', async () => {
    const { refreshToken } = pair;
    const query = new URLSearchParams({ refreshToken, refresh_token: refreshToken });
    const url = `${target.url}/auth/refresh`;
    for (const sent of [
      { url: `${url}?${query}`, json: {} },
      { url, json: { refresh_token: refreshToken } },
      { url, json: {}, token: refreshToken },
      { url, json: {}, headers: { 'x-refresh-token': refreshToken } },
      { url, json: {}, headers: { cookie: `refreshToken=${refreshToken}` } },
    ]) {
      const { status, text } = await send(sent.url, { method: 'POST', ...sent });
      expect(`${status} ${text}`).toBe(REFRESH_REQUIRED);
    }
    expect(target.calls).toEqual([]);
  });

  it('CS-Session "multiple cookies" two Authorization headers are refused, even equal ones', async () => {
    const bearer = `Bearer ${pair.accessToken}`;
    const other = `Bearer ${(await logIn(target.url, 'u2')).accessToken}`;
    target.calls.length = 0;
    for (const [first, second] of [
      [bearer, other],
      [other, bearer],
      [bearer, bearer],
      [bearer, 'Bearer x'],
      [bearer, 'Basic dTpw'],
      ['Basic dTpw', bearer],
    ] as const) {
      for (const route of ['kit', 'passport']) {
        const headers = ['Authorization', first, 'aUTHORIZATION', second];
        const { status, text } = await sendRaw(target.url, { path: `/target/${route}`, headers });
        expect(`${status} ${text}`).toBe(INVALID_TOKEN);
      }
    }
    expect(target.get(AttackTargetController).ran).toEqual([]);
    expect(target.calls).toEqual([]);
  });

  it.each([[0], [null], [true], [[]], [{}], [''], [['a.b.c']], [{ toString: 'x' }]])(
    '15.3.5 a refresh token of %j is 400',
    async (refreshToken) => {
      expect((await refresh(target.url, refreshToken)).answer).toBe(REFRESH_REQUIRED);
      expect(target.calls).toEqual([]);
    },
  );

  it('15.2.2 a body of 40,000 nested arrays is refused', async () => {
    const body = `{"refreshToken":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
    const headers = ['content-type', 'application/json'];
    const sent = { method: 'POST', path: '/auth/refresh', headers, body };
    const { status, text } = await sendRaw(target.url, sent);
    expect(`${status} ${text}`).toBe(REFRESH_REQUIRED);
  });

  it.each(HOSTILE_IDS)(
    'CS-Session "id as input" %j is refused without a store call',
    async (id) => {
      const hostile = id as string;
      expect(await sessions.resolve(hostile)).toBeNull();
      expect(await sessions.find(hostile)).toBeNull();
      expect(await sessions.revoke(hostile)).toBe(false);
      for (const change of [
        () => sessions.update(hostile, { a: 1 }),
        () => sessions.regenerate(hostile),
      ]) {
        await expect((async () => change())()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
      }
      expect(target.calls).toEqual([]);
    },
  );

  it('CS-Session "id as input" a hostile handle in the path is 404', async () => {
    for (const [id] of HOSTILE_IDS as unknown[][]) {
      const path = `/auth/sessions/${encodeURIComponent(String(id)).slice(0, 4000)}`;
      const headers = ['authorization', `Bearer ${pair.accessToken}`];
      const { status } = await sendRaw(target.url, { method: 'DELETE', path, headers });
      // Both adapters refuse an empty or over-long segment, and Fastify a dot segment, before the route.
      expect([400, 404, 414]).toContain(status);
    }
    expect(target.calls.filter((call) => !['read', 'locate'].includes(call))).toEqual([]);
    expect(await request(target, pair.accessToken)).toEqual(allowed({ id: 'u1' }));
  });

  it('CS-Session "strict" an id that the server did not issue is not adopted', async () => {
    const claims = { ...claimsOf(pair.accessToken), sid: `AAA.${'A'.repeat(22)}` };
    expect(await request(target, new Forge().sign(claims))).toEqual(denied(SESSION_ENDED));
    expect(await sessions.resolve(`AAA.${'A'.repeat(43)}`)).toBeNull();
    expect(new Set(target.calls)).toEqual(new Set(['read']));
    await expect(target.get(TokenService).verifyAccess('letmein')).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });
});
