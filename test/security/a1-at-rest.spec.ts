import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { SessionService, TokenService } from 'nestjs-session-kit';
import { send, sendRaw } from '../support/http-client.js';
import { startRedis, type TestRedis } from '../support/redis/redis-server.js';
import { startApp, type TestApp } from '../support/test-app.js';
import { claimsOf, Forge, type Json } from '../support/forge.js';
import { useTwoAttackTargets } from './use-two-attack-targets.js';
import {
  request,
  logIn,
  allowed,
  refresh,
  SESSION_ENDED,
  denied,
} from '../support/apps/attack-target.controller.js';
import { secretIn } from '../support/session-credential.js';

/** Every key with its value, as in a stolen dump. */
async function dump(redis: Redis, keys: readonly string[]): Promise<string> {
  const read: Record<string, (key: string) => Promise<unknown>> = {
    zset: (key) => redis.zrange(key, '0', '-1'),
    stream: (key) => redis.xrange(key, '-', '+'),
    string: (key) => redis.get(key),
  };
  const values = keys.map(async (key) => [key, await read[await redis.type(key)]?.(key)]);
  return JSON.stringify(await Promise.all(values));
}

/** A credential, and each of its parts except the first, which is not secret. */
function partsOf(credential: string): string[] {
  return [credential, ...credential.split('.').slice(1)];
}

describe('sessions in Redis', () => {
  const nodes = useTwoAttackTargets();

  it('14.2.4 contain no secret and no token, nor a part of one that would complete it', async () => {
    const { secret, session } = await nodes.sessions.create({ transport: 'cookie', userId: 'u1' });
    const moved = await nodes.sessions.regenerate(session.handle);
    const pair = await logIn(nodes.express.url, 'u1');
    const renewed = (await refresh(nodes.express.url, pair.refreshToken)).tokens;
    await nodes.tokens.revoke(renewed.accessToken);
    const credentials = [
      ...partsOf(secret),
      ...partsOf(secretIn(moved)),
      ...partsOf(pair.accessToken),
      ...partsOf(pair.refreshToken),
      ...partsOf(renewed.accessToken),
      ...partsOf(renewed.refreshToken),
    ];
    const stolen = await dump(nodes.redis, await nodes.keys());
    expect(stolen).toContain(moved.session.handle);
    expect(stolen).toContain(claimsOf(pair.accessToken)['sid']);
    for (const credential of credentials) expect(stolen).not.toContain(credential);
  });

  it('OAuth 2.1 §4.3 a dump contains no value that authenticates a request', async () => {
    const { accessToken } = await logIn(nodes.express.url, 'u2');
    const { session } = await nodes.sessions.create({ transport: 'cookie', userId: 'u2' });
    const stolen = await dump(nodes.redis, await nodes.keys());
    const words = new Set(stolen.match(/[\w.-]{16,}/g));
    expect(words).toContain(session.handle);
    expect(words).toContain(claimsOf(accessToken)['sid']);
    for (const word of words) {
      expect(await nodes.sessions.resolve(word)).toBeNull();
      expect((await send(`${nodes.express.url}/target/kit`, { token: word })).status).toBe(401);
      expect((await refresh(nodes.fastify.url, word)).answer).toMatch(/^401/);
    }
  });

  it('7.2.4 a new proof of identity changes the id, ends the old one and keeps the data', async () => {
    const { accessToken: token, refreshToken } = await logIn(nodes.express.url, 'u3');
    await send(`${nodes.express.url}/target/data`, { method: 'PATCH', token, json: { cart: [1] } });
    const handle = String(claimsOf(token)['sid']);
    const { body } = await send<{ session: Json; tokens: { accessToken: string } }>(
      `${nodes.express.url}/target/confirm`,
      { method: 'POST', token },
    );
    expect(body.session).toMatchObject({ data: { cart: [1] }, user: { id: 'u3' } });
    expect(body.session['handle']).not.toBe(handle);
    for (const app of [nodes.express, nodes.fastify]) {
      expect(await request(app, token)).toEqual(denied(SESSION_ENDED));
      expect((await refresh(app.url, refreshToken)).answer).toBe(SESSION_ENDED);
      expect(await request(app, body.tokens.accessToken)).toEqual(allowed({ id: 'u3' }));
    }
    // The old handle forwards to the new one for a while, so that a concurrent logout finds the
    // session.
    const keys = (await nodes.keys()).filter((key) => !/:(revocations|f:[^:]+)$/.test(key));
    expect(await dump(nodes.redis, keys)).not.toContain(handle);
  });

  it('CS-Session "privilege change" a new id invalidates the old one and keeps the data', async () => {
    const { session, secret } = await nodes.sessions.create({
      transport: 'cookie',
      userId: 'u4',
      data: { cart: [1] } as object,
    });
    const moved = await nodes.sessions.regenerate(session.handle);
    expect(secretIn(moved)).not.toBe(secret);
    expect(await nodes.sessions.resolve(secret)).toBeNull();
    expect(await nodes.sessions.find(session.handle)).toBeNull();
    expect((await nodes.sessions.resolve(secretIn(moved)))?.data).toEqual({ cart: [1] });
    expect(await nodes.sessions.list('u4')).toHaveLength(1);
  });

  it('CS-Session "strict" a request for an unknown session creates no key', async () => {
    const before = await nodes.keys();
    expect(await nodes.sessions.resolve(`AAA.${'A'.repeat(43)}`)).toBeNull();
    expect(await nodes.sessions.find(`AAA.${'A'.repeat(22)}`)).toBeNull();
    expect((await nodes.keys()).toSorted()).toEqual(before.toSorted());
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"__proto__":{"admin":true}}}',
    '{"a":[{"b":{"__proto__":{"admin":true}}}]}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"a":{"constructor":{"prototype":{"admin":true}}}}',
  ])('15.3.6 session data %s is refused and pollutes no prototype', async (body) => {
    const { accessToken } = await logIn(nodes.express.url, 'u5');
    const headers = ['authorization', `Bearer ${accessToken}`, 'content-type', 'application/json'];
    for (const { url } of [nodes.express, nodes.fastify]) {
      const sent = { method: 'PATCH', path: '/target/data', headers, body };
      expect((await sendRaw(url, sent)).status).toBe(400);
    }
    expect(({} as Json)['admin']).toBeUndefined();
    const found = await nodes.sessions.find(String(claimsOf(accessToken)['sid']));
    expect(found?.data).toEqual({});
  });

  it('15.3.6 a record modified in Redis pollutes no prototype', async () => {
    const { session, secret } = await nodes.sessions.create({ transport: 'cookie', userId: 'u6' });
    const key = (await nodes.keys()).find((name) => name.endsWith(session.handle)) as string;
    const value = (await nodes.redis.get(key)) as string;
    const evil = '{"__proto__":{"admin":true}}';
    // Data and device.
    const tampered = value.replace(',0,{},{},', `,0,${evil},${evil},`);
    expect(tampered.match(/__proto__/g)).toHaveLength(2);
    await nodes.redis.set(key, tampered, 'KEEPTTL');
    const found = await nodes.sessions.resolve(secret);
    expect(found?.user).toEqual({ id: 'u6' });
    expect({ ...found?.data }).not.toHaveProperty('admin');
    const update = nodes.sessions.update(session.handle, (data) => Object.assign({}, data));
    expect(({} as Json)['admin']).toBeUndefined();
    await update;
    expect(({} as Json)['admin']).toBeUndefined();
  });
});

describe('two applications on one Redis', () => {
  let redis: TestRedis;
  let a: TestApp;
  let b: TestApp;

  beforeAll(async () => {
    redis = await startRedis();
    const start = (keyPrefix: string): Promise<TestApp> =>
      startApp({ options: { keyPrefix, redis: redis.connection } });
    // One prefix begins like the other, and an unescaped star would match it.
    [a, b] = await Promise.all([start('tenant*'), start('tenant-b*')]);
  });

  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
    await redis.stop();
  });

  it('8.4.1 the same secret, handle and tokens are not valid under another prefix', async () => {
    const inA = a.get(SessionService);
    const inB = b.get(SessionService);
    const { session, secret } = await inA.create({ transport: 'cookie', userId: 'u1' });
    const { tokens } = await inA.create({ transport: 'bearer', userId: 'u1' });
    const { accessToken, refreshToken } = tokens;

    expect(await inB.resolve(secret)).toBeNull();
    expect(await inB.find(session.handle)).toBeNull();
    expect(await inB.list('u1')).toEqual([]);
    expect(await inB.revoke(session.handle)).toBe(false);
    expect(await inB.revokeUser('u1')).toBe(0);
    const refused = { code: 'TOKEN_INVALID' };
    await expect(b.get(TokenService).verifyAccess(accessToken)).rejects.toMatchObject(refused);
    await expect(b.get(TokenService).refresh(refreshToken)).rejects.toMatchObject(refused);
    await b.get(TokenService).revoke(refreshToken);

    expect(await inA.resolve(secret)).not.toBeNull();
    expect((await a.get(TokenService).verifyAccess(accessToken)).sub).toBe('u1');
  });

  it('8.4.1 a handle of application A signed with the keys of B is unknown in B', async () => {
    const { tokens } = await a.get(SessionService).create({ transport: 'bearer', userId: 'u2' });
    const forged = new Forge({ keyPrefix: 'tenant-b*' }).sign(claimsOf(tokens.accessToken));
    await expect(b.get(TokenService).verifyAccess(forged)).rejects.toMatchObject({
      code: 'SESSION_ENDED',
    });
  });

  it('8.4.1 revoking all sessions of one application does not affect the other', async () => {
    const inA = await a.get(SessionService).create({ transport: 'cookie', userId: 'u3' });
    const inB = await b.get(SessionService).create({ transport: 'cookie', userId: 'u3' });
    await a.get(SessionService).revokeEveryone();
    expect(await a.get(SessionService).resolve(inA.secret)).toBeNull();
    expect(await b.get(SessionService).resolve(inB.secret)).not.toBeNull();
  });

  it.each([
    'a:b',
    'a*',
    '*',
    '{x}',
    'a{x}b',
    '}:s:',
    '\u0000',
    '../u1',
    '__proto__',
    'tenant-b*u1',
  ])('8.4.1 user %j reaches only their own sessions', async (userId) => {
    const sessions = a.get(SessionService);
    const others = ['u1', 'x', 'b', 'a', 'prototype'];
    for (const other of others) await sessions.create({ transport: 'cookie', userId: other });
    const { session } = await sessions.create({ transport: 'cookie', userId });
    expect((await sessions.list(userId)).map(({ handle }) => handle)).toEqual([session.handle]);
    expect(await sessions.revokeUser(userId)).toBe(1);
    for (const other of others) expect((await sessions.list(other)).length).toBeGreaterThan(0);
    await sessions.revokeEveryone();
  });

  it('8.4.1 a user id that UTF-8 cannot encode is refused: all such users would be one in Redis', async () => {
    const sessions = a.get(SessionService);
    await sessions.create({ transport: 'cookie', userId: '\ufffd' });
    for (const userId of ['\ud800', 'u1\udfff', '\udc00\ud800']) {
      await expect(sessions.create({ transport: 'cookie', userId })).rejects.toThrow(TypeError);
      await expect((async () => sessions.list(userId))()).rejects.toThrow(TypeError);
      await expect((async () => sessions.revokeUser(userId))()).rejects.toThrow(TypeError);
    }
    expect(await sessions.list('\ufffd')).toHaveLength(1);
    expect((await sessions.create({ transport: 'cookie', userId: '😀' })).session.user.id).toBe(
      '😀',
    );
  });
});
