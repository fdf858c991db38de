import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryBackend, TokenService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { secretOf } from '../support/secret-of.js';
import { ADAPTERS, SECRET } from '../support/test-app.js';
import { bitFlips } from './bit-flips.js';
import { claimsOf, Forge, headerOf, type Json } from '../support/forge.js';
import { useAttackTarget, useAttackTargets } from '../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  denied,
} from '../support/apps/attack-target.controller.js';

const forge = new Forge();

/**
 * Values that may cause harm if a `kid` becomes a path, a query, a property name or a loop over all
 * keys.
 */
const KIDS: unknown[] = [
  '',
  'unknown',
  forge.header('refresh').kid,
  new Forge({ secret: secretOf('another application') }).header().kid,
  '../../dev/null',
  '/dev/null',
  '../../../../../../etc/hostname',
  "' OR '1'='1",
  "x' UNION SELECT 'key' --",
  '__proto__',
  'constructor',
  'toString',
  'prototype',
  'k'.repeat(5000),
  'k'.repeat(10_000),
  `${forge.header().kid}\u0000`,
  ` ${forge.header().kid}`,
  'key\r\nX-Injected: 1',
  0,
  -1,
  null,
  true,
  {},
  { toString: forge.header().kid },
  [forge.header().kid],
].map((kid) => [kid]);

const OTHER_SCOPES = [
  ['another secret', { secret: secretOf('another') }],
  ['another issuer', { issuer: 'https://other.example' }],
  ['another audience', { audience: 'other' }],
  ['another key prefix', { keyPrefix: 'other:' }],
  ['another algorithm', { algorithm: 'HS512' }],
] as const;

describe.each(ADAPTERS)('keys of a JWT on %s', (adapter) => {
  const target = useAttackTarget(adapter);
  let token: string;
  let claims: Json;
  let listener: Server;
  let listenerUrl: string;
  let visits = 0;

  beforeAll(async () => {
    token = (await logIn(target.url, 'u1')).accessToken;
    claims = claimsOf(token);
    listener = createServer((_request, response) => {
      visits++;
      response.end('{"keys":[]}');
    }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    listenerUrl = `http://127.0.0.1:${(listener.address() as { port: number }).port}/jwks.json`;
  });

  afterAll(async () => {
    listener.close();
    await once(listener, 'close');
  });

  beforeEach(() => {
    target.calls.length = 0;
  });

  it('9.1.1 a token with any flipped bit is refused', async () => {
    const tokens = target.get(TokenService);
    const accepted: string[] = [];
    const flips = bitFlips(token);
    for (const { token: flipped, where } of flips) {
      const code = await tokens.verifyAccess(flipped).then(
        () => 'accepted',
        (error: { code?: string }) => error.code,
      );
      if (code !== 'TOKEN_INVALID') accepted.push(`${where}: ${code}`);
    }
    expect(accepted).toEqual([]);
    expect(flips.length).toBeGreaterThan(2000);
    expect(target.calls).toEqual([]);
  });

  it('9.1.1 a flipped bit is refused by both guards', async () => {
    for (const { token: flipped } of bitFlips(token).filter((_flip, i) => i % 61 === 0)) {
      expect(await request(target, flipped)).toEqual(denied(INVALID_TOKEN));
    }
    expect(target.calls).toEqual([]);
  });

  it.each(KIDS)('8725bis §3.10 kid %j is looked up and not found', async (kid) => {
    // Signed with the current key: a verifier that tries every key would accept it.
    const forged = forge.sign(claims, { ...forge.header(), kid });
    expect(await request(target, forged)).toEqual(denied(INVALID_TOKEN));
    expect(target.calls).toEqual([]);
  });

  it.each(['jku', 'x5u', 'jwk', 'x5c', 'iss'])(
    '9.1.3 a key in, or referred to by, %s of the token is never used or fetched',
    async (name) => {
      const brought = {
        jku: listenerUrl,
        x5u: listenerUrl,
        jwk: { kty: 'oct', k: Buffer.from('key').toString('base64url'), x5u: listenerUrl },
        x5c: [Buffer.from('certificate').toString('base64')],
        iss: listenerUrl,
      }[name];
      const header = { ...forge.header(), [name]: brought };
      expect(await request(target, forge.sign(claims, header))).toEqual(denied(INVALID_TOKEN));
      const issuedThere = forge.sign({ ...claims, iss: listenerUrl }, header);
      expect(await request(target, issuedThere)).toEqual(denied(INVALID_TOKEN));
      expect(visits).toBe(0);
    },
  );

  it.each(OTHER_SCOPES)('8725bis §3.8 a token of %s is refused', async (_what, scope) => {
    const { issuer: iss, audience: aud } = {
      issuer: claims['iss'],
      audience: claims['aud'],
      ...scope,
    };
    const foreign = new Forge(scope);
    expect(await request(target, foreign.sign({ ...claims, iss, aud }))).toEqual(
      denied(INVALID_TOKEN),
    );
    expect(await request(target, foreign.sign(claims))).toEqual(denied(INVALID_TOKEN));
    // Its signature under the kid of the current key.
    expect(await request(target, foreign.sign(claims, forge.header()))).toEqual(
      denied(INVALID_TOKEN),
    );
  });

  it('RFC 9068 §2.2 an issued access token has its claims, of the right types', async () => {
    const now = Math.floor(target.clock.nowMs() / 1000);
    expect(headerOf(token)).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: forge.header().kid });
    expect(claims).toEqual({
      iss: 'nestjs-session-kit',
      aud: 'nestjs-session-kit',
      sub: 'u1',
      sid: expect.stringMatching(/^[\w-]{3}\.[\w-]{22}$/),
      lin: expect.stringMatching(/^[\w-]{22}$/),
      jti: expect.stringMatching(/^[\w-]{22}$/),
      iat: now,
      auth_time: now,
      exp: now + 3600,
      type: 'access',
      cver: 0,
      epoch: 0,
    });
  });
});

describe('rotation of the secret', () => {
  const open = useAttackTargets();
  const NEXT = secretOf('next');

  it.each(ADAPTERS)(
    '11.2.2 keeps tokens valid until their secret is removed, on %s',
    async (adapter) => {
      const clock = new FakeClock();
      const store = memoryBackend({ clock, maxSessions: 100 });
      const start = (secret: string | string[]) =>
        open({ adapter, clock, options: { store, secret } });

      const before = await start(SECRET);
      const old = await logIn(before.url, 'u1');

      const during = await start([NEXT, SECRET]);
      expect(await request(during, old.accessToken)).toEqual(allowed({ id: 'u1' }));
      const { answer, tokens: renewed } = await refresh(during.url, old.refreshToken);
      expect(answer).toBe('200');
      expect(headerOf(renewed.accessToken)).toEqual(new Forge({ secret: NEXT }).header());
      // A signature of the old key under the kid of the new one.
      const mixed = forge.sign(claimsOf(renewed.accessToken), headerOf(renewed.accessToken));
      expect(await request(during, mixed)).toEqual(denied(INVALID_TOKEN));

      const after = await start(NEXT);
      expect(await request(after, renewed.accessToken)).toEqual(allowed({ id: 'u1' }));
      expect(await request(after, old.accessToken)).toEqual(denied(INVALID_TOKEN));
      expect((await refresh(after.url, old.refreshToken)).answer).toBe(INVALID_TOKEN);
      expect((await refresh(after.url, renewed.refreshToken)).answer).toBe('200');
    },
  );
});
