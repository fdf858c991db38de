import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ListedSession, TokenPair } from 'nestjs-session-kit';
import { secretOf } from '../../support/secret-of.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { freePort, type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { failSample, type RunningSample, startSample } from '../../support/sample-process.js';
import { ADAPTERS } from '../../support/test-app.js';

const ADA = { email: 'ada@example.com', password: 'analytical-engine' };
const BOB = { email: 'bob@example.com', password: 'bob-the-builder' };
const SESSION_SECRET = secretOf('the sample');

let redis: OwnRedis;

beforeAll(async () => {
  redis = await startOwnRedis();
});

afterAll(() => redis?.stop());

async function logIn(url: string, credentials: object = ADA): Promise<TokenPair> {
  const path = `${url}/auth/token`;
  const { status, body } = await send<TokenPair>(path, { method: 'POST', json: credentials });
  expect(status).toBe(200);
  return body;
}

describe.each(
  ADAPTERS.flatMap((ADAPTER) => [
    { ADAPTER, store: 'memory' },
    { ADAPTER, store: 'Redis' },
  ]),
)('the sample on $ADAPTER with sessions in $store', ({ ADAPTER, store }) => {
  let app: RunningSample;

  beforeAll(async () => {
    app = await startSample({ ADAPTER, ...(store === 'Redis' && { REDIS_URL: redis.url }) });
  });

  afterAll(() => app?.terminate());

  it('prints the address, the users and three curl lines, but not its random secret', () => {
    const output = app.output();
    expect(output).toContain(`The sample runs on ${app.url}; sessions are kept in ${store}.`);
    expect(output).toContain('ada@example.com / analytical-engine (admin)');
    expect(output).toContain('bob@example.com / bob-the-builder (user)');
    const curls = output.split('\n').filter((line) => line.includes('curl -s'));
    expect(curls).toHaveLength(3);
    for (const line of curls) expect(line).toContain(app.url);
    expect(output).toContain('SESSION_SECRET is not set: using a random one');
    // 32 bytes in base64url.
    expect(output).not.toMatch(/[\w-]{43}/);
  });

  it('returns a token pair for a password, and the user with the session at /me', async () => {
    const tokens = await logIn(app.url);
    expect(tokens).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 3600,
      tokenType: 'Bearer',
    });
    const { status, body } = await send(`${app.url}/me`, { token: tokens.accessToken });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      user: { id: 'ada', email: 'ada@example.com', role: 'admin' },
      session: { handle: expect.any(String), device: { userAgent: 'node' } },
    });
  });

  it.each([
    ['a wrong password', { ...ADA, password: 'wrong' }],
    ['the password of another user', { ...ADA, password: BOB.password }],
    ['an unknown address', { ...ADA, email: 'eve@example.com' }],
  ])('%s is 401 "Invalid credentials"', async (_name, json) => {
    const { status, body } = await send(`${app.url}/auth/token`, { method: 'POST', json });
    expect(status).toBe(401);
    expect(body).toMatchObject({ statusCode: 401, message: 'Invalid credentials' });
  });

  it.each([{}, { email: 1, password: 2 }, { email: ADA.email }, { ...ADA, password: ['x'] }, []])(
    'refuses a login with a body of %j with 400',
    async (json) => {
      const { status } = await send(`${app.url}/auth/token`, { method: 'POST', json });
      expect(status).toBe(400);
    },
  );

  it('merges preferences and keeps them in the session', async () => {
    const { accessToken: token } = await logIn(app.url);
    const patch = (json: unknown) =>
      send(`${app.url}/me/preferences`, { method: 'PATCH', token, json });
    expect((await patch({ theme: 'dark', size: 12 })).body).toEqual({ theme: 'dark', size: 12 });
    const merged = { theme: 'dark', size: 14, compact: true, note: null };
    expect((await patch({ size: 14, compact: true, note: null })).body).toEqual(merged);
    const me = await send(`${app.url}/me`, { token });
    expect(me.body).toMatchObject({ session: { data: { preferences: merged } } });
  });

  it.each([
    '[]',
    '["a"]',
    '"text"',
    '1',
    'null',
    '{"a":{"b":1}}',
    '{"a":[1]}',
    '{"__proto__":1}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":1}',
    '{',
  ])('refuses preferences of %s with 400, without effect', async (json) => {
    const { accessToken } = await logIn(app.url);
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
    };
    const url = `${app.url}/me/preferences`;
    const { status } = await fetch(url, { method: 'PATCH', headers, body: json });
    expect(status).toBe(400);
    const me = await send(`${app.url}/me`, { token: accessToken });
    expect(me.body).toMatchObject({ session: { data: {} } });
    expect(me.text).not.toContain('preferences');
  });

  it('shows /admin/stats only to the admin', async () => {
    const path = `${app.url}/admin/stats`;
    const ada = await send(path, { token: (await logIn(app.url, ADA)).accessToken });
    expect(ada.status).toBe(200);
    expect(ada.body).toEqual({
      uptimeSeconds: expect.any(Number),
      rssBytes: expect.any(Number),
      yourSessions: expect.any(Number),
    });
    const bob = await send(path, { token: (await logIn(app.url, BOB)).accessToken });
    expect([bob.status, bob.body['code']]).toEqual([403, 'ROLE_REQUIRED']);
    expect((await send(path)).status).toBe(401);
  });

  it('refreshes, lists the sessions, logs out one and logs out all', async () => {
    const post = (route: string, sent: object) =>
      send(`${app.url}/auth/${route}`, { method: 'POST', ...sent });
    const first = await logIn(app.url, BOB);
    await post('logout-all', { token: first.accessToken });
    const old = await logIn(app.url, BOB);
    const other = await logIn(app.url, BOB);
    const refreshed = await post('refresh', { json: { refreshToken: old.refreshToken } });
    const { accessToken: token } = refreshed.body as unknown as TokenPair;
    const me = await send(`${app.url}/me`, { token });
    expect(me.body['user']).toEqual({ id: 'bob', email: 'bob@example.com', role: 'user' });

    const list = await send<ListedSession[]>(`${app.url}/auth/sessions`, { token });
    expect(list.body.map(({ current }) => current).toSorted()).toEqual([false, true]);

    const logout = await post('logout', { token });
    expect(logout.body).toEqual({ message: 'Logged out successfully' });
    expect((await send(`${app.url}/me`, { token })).status).toBe(401);
    const all = await post('logout-all', { token: other.accessToken });
    expect(all.body).toEqual({ revoked: 1 });
    expect((await send(`${app.url}/me`, { token: other.accessToken })).status).toBe(401);
  });
});

describe('the process of the sample', () => {
  it('keeps sessions through a restart with REDIS_URL and SESSION_SECRET', async () => {
    const env = { REDIS_URL: redis.url, SESSION_SECRET };
    const before = await startSample(env);
    const { accessToken, refreshToken } = await logIn(before.url);
    const json = { theme: 'dark' };
    await send(`${before.url}/me/preferences`, { method: 'PATCH', token: accessToken, json });
    await before.terminate();

    const after = await startSample({ ...env, ADAPTER: 'fastify' });
    try {
      const me = await send(`${after.url}/me`, { token: accessToken });
      expect(me.body).toMatchObject({ session: { data: { preferences: { theme: 'dark' } } } });
      const refreshed = { method: 'POST', json: { refreshToken } };
      expect((await send(`${after.url}/auth/refresh`, refreshed)).status).toBe(200);
      expect(before.output() + after.output()).not.toContain(SESSION_SECRET);
      expect(after.output()).not.toContain('SESSION_SECRET is not set');
    } finally {
      await after.terminate();
    }
  });

  it.each(ADAPTERS)('ends at SIGTERM and frees the port on %s', async (ADAPTER) => {
    const PORT = String(await freePort());
    const app = await startSample({ ADAPTER, PORT, REDIS_URL: redis.url });
    expect(app.url).toBe(`http://127.0.0.1:${PORT}`);
    await logIn(app.url);
    // Nest raises the signal again after it closed the application, as shells expect.
    expect(await app.terminate()).toEqual({ exitCode: null, signal: 'SIGTERM' });
    const again = await startSample({ ADAPTER, PORT });
    await again.terminate();
    expect(again.url).toBe(app.url);
  });

  it('answers 503 during an outage of Redis, without an unhandled rejection, and recovers', async () => {
    const own = await startOwnRedis();
    const app = await startSample({ REDIS_URL: own.url });
    try {
      const { accessToken: token } = await logIn(app.url);
      await own.kill();
      const asked = Array.from({ length: 20 }, () => send(`${app.url}/me`, { token }));
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([503]));
      await own.start();
      await eventually(
        () => send(`${app.url}/auth/token`, { method: 'POST', json: ADA }),
        ({ status }) => status === 200,
      );
      // Node would have ended the process on an unhandled rejection.
      expect(app.isRunning()).toBe(true);
      expect(app.output()).toContain('the session store fails, requests that need it get 503');
      expect(app.output()).toContain('the session store answers again');
    } finally {
      await app.terminate();
      await own.stop();
    }
  });

  it('answers any number of probes at /health', async () => {
    const app = await startSample({ RATE_LIMIT: '2' });
    try {
      for (let i = 0; i < 5; i++) expect((await send(`${app.url}/health`)).status).toBe(200);
      const statuses = [];
      for (let i = 0; i < 3; i++) statuses.push((await send(`${app.url}/auth/csrf-token`)).status);
      expect(statuses).toEqual([200, 200, 429]);
    } finally {
      await app.terminate();
    }
  });

  it('exits without its Redis, with one message that contains the address and a remedy but no password', async () => {
    const port = await freePort();
    const { exitCode, output } = await failSample({
      REDIS_URL: `redis://user:pa55word@127.0.0.1:${port}`,
    });
    expect(exitCode).toBe(1);
    expect(output.split(`cannot use 127.0.0.1:${port}`)).toHaveLength(2);
    expect(output).toContain('start Redis 7 or Valkey there, correct the option redis');
    expect(output).not.toContain('pa55word');
  });

  it('exits with a short SESSION_SECRET, with one message that contains the command for a new one', async () => {
    const { exitCode, output } = await failSample({ SESSION_SECRET: 'hunter2' });
    expect(exitCode).toBe(1);
    expect(
      output.split('secret: has 7 bytes and needs at least 32; generate one with'),
    ).toHaveLength(2);
    expect(output).not.toContain('hunter2');
  });
});
