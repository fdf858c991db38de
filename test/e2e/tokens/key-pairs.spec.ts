import { describe, expect, it } from '@jest/globals';
import { memoryBackend, type SigningKeyOptions } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { claimsOf, headerOf } from '../../support/forge.js';
import { startAttackTarget, useAttackTarget } from '../../support/apps/use-attack-target.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  SESSION_ENDED,
  denied,
  TOKEN_EXPIRED,
} from '../../support/apps/attack-target.controller.js';
import { ADAPTERS, SECRET } from '../../support/test-app.js';
import { ALGORITHMS, signingKey } from '../../support/key-pairs.js';

const SECRETS = [
  ['beside a secret', SECRET],
  ['without a secret', undefined],
] as const;

const ROWS = ADAPTERS.flatMap((adapter) =>
  ALGORITHMS.flatMap(([algorithm]) =>
    SECRETS.map(([where, secret]) => ({ adapter, algorithm, where, secret })),
  ),
);

describe.each(ROWS)('$algorithm $where on $adapter', ({ adapter, algorithm, secret }) => {
  const key = { ...signingKey(algorithm), kid: 'key-1' };
  const target = useAttackTarget(adapter, { secret, tokens: { keys: [key] } });

  it('signs access tokens that SessionGuard and the AuthGuard of passport accept', async () => {
    const { accessToken } = await logIn(target.url, 'u1', { role: 'editor' });
    expect(headerOf(accessToken)).toEqual({ alg: algorithm, typ: 'at+jwt', kid: 'key-1' });
    const user = allowed({ id: 'u1', role: 'editor' });
    expect(await request(target, accessToken)).toEqual(user);
    // The second time from the token cache.
    expect(await request(target, accessToken)).toEqual(user);
  });

  it('rotates refresh tokens, which no public key verifies', async () => {
    const first = await logIn(target.url, 'u1');
    expect(headerOf(first.refreshToken)).toMatchObject({ alg: 'HS256', typ: 'rt+jwt' });
    expect(headerOf(first.refreshToken)['kid']).not.toBe('key-1');
    const { answer, tokens } = await refresh(target.url, first.refreshToken);
    expect(answer).toBe('200');
    expect(headerOf(tokens.accessToken)).toMatchObject({ alg: algorithm, kid: 'key-1' });
    expect(await request(target, tokens.accessToken)).toEqual(allowed({ id: 'u1' }));
  });

  it('refuses an access token that expired or whose session ended', async () => {
    const { accessToken, refreshToken } = await logIn(target.url, 'u1');
    target.clock.advance(3_600_000);
    expect(await request(target, accessToken)).toEqual(denied(TOKEN_EXPIRED));
    const { tokens } = await refresh(target.url, refreshToken);
    expect(await request(target, tokens.accessToken)).toEqual(allowed({ id: 'u1' }));
    await fetch(`${target.url}/auth/logout`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    });
    expect(await request(target, tokens.accessToken)).toEqual(denied(SESSION_ENDED));
  });
});

describe.each(ADAPTERS)('a list of keys on %s', (adapter) => {
  const [old, next] = [signingKey('RS256'), signingKey('ES256')];

  /** Returns a function that starts a node on one common store, as successive deployments do. */
  function deployments() {
    const clock = new FakeClock();
    const store = memoryBackend({ clock, maxSessions: 100 });
    return (keys: readonly SigningKeyOptions[]) =>
      startAttackTarget({ adapter, clock, options: { store, tokens: { keys } } });
  }

  it.each([
    ['the first active key', [old, next], 'RS256'],
    ['the second key if the first is inactive', [{ ...old, active: false }, next], 'ES256'],
    [
      'the only key with a private part',
      [{ algorithm: 'RS256', publicKey: old.privateKey }, next],
      'ES256',
    ],
  ] as const)('signs with %s', async (_what, keys, alg) => {
    const target = await deployments()(keys as readonly SigningKeyOptions[]);
    const { accessToken } = await logIn(target.url, 'u1');
    expect(headerOf(accessToken)).toMatchObject({ alg });
    expect(await request(target, accessToken)).toEqual(allowed({ id: 'u1' }));
    await target.close();
  });

  it('11.2.2 accepts a token of a key kept for verification and refuses one of a removed key', async () => {
    const deploy = deployments();
    const before = await deploy([old]);
    const pair = await logIn(before.url, 'u1');
    await before.close();

    const during = await deploy([next, { algorithm: 'RS256', publicKey: old.privateKey }]);
    expect(await request(during, pair.accessToken)).toEqual(allowed({ id: 'u1' }));
    const renewed = await refresh(during.url, pair.refreshToken);
    expect(renewed.answer).toBe('200');
    expect(headerOf(renewed.tokens.accessToken)).toMatchObject({ alg: 'ES256' });
    await during.close();

    const after = await deploy([next]);
    expect(await request(after, pair.accessToken)).toEqual(denied(INVALID_TOKEN));
    expect(await request(after, renewed.tokens.accessToken)).toEqual(allowed({ id: 'u1' }));
    expect(claimsOf(pair.accessToken)['sid']).toBe(claimsOf(renewed.tokens.accessToken)['sid']);
    await after.close();
  });

  it('refuses refresh tokens once their private key is removed, if there is no secret', async () => {
    const clock = new FakeClock();
    const store = memoryBackend({ clock, maxSessions: 100 });
    const deploy = (keys: readonly SigningKeyOptions[]) =>
      startAttackTarget({
        adapter,
        clock,
        options: { store, secret: undefined, tokens: { keys } },
      });
    const before = await deploy([old]);
    const first = await logIn(before.url, 'u1');
    const second = await logIn(before.url, 'u1');
    await before.close();

    const kept = await deploy([next, { ...old, active: false }]);
    expect((await refresh(kept.url, first.refreshToken)).answer).toBe('200');
    await kept.close();

    const retired = await deploy([next]);
    expect((await refresh(retired.url, second.refreshToken)).answer).toBe(INVALID_TOKEN);
    await retired.close();
  });
});
