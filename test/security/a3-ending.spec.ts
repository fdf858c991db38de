import { beforeEach, describe, expect, it } from '@jest/globals';
import { send, sendRaw } from '../support/http-client.js';
import { claimsOf, Forge, type Json, otherSpellings } from '../support/forge.js';
import { useTwoAttackTargets } from './use-two-attack-targets.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  SESSION_ENDED,
  denied,
  TOKEN_EXPIRED,
} from '../support/apps/attack-target.controller.js';

const handleOf = (token: string): string => String(claimsOf(token)['sid']);

describe.each(['feed', 'store'] as const)('revocation, on two instances, by %s', (check) => {
  const nodes = useTwoAttackTargets({ revocation: { check } });
  const both = () => [nodes.express, nodes.fastify];
  let userId = '';
  let users = 0;

  beforeEach(() => {
    userId = `user ${users++}`;
  });

  const signIn = () => logIn(nodes.express.url, userId);

  /** Logs in and uses the token on both instances, so that both have cached it. */
  async function seenSignIn() {
    const pair = await signIn();
    for (const app of both()) {
      expect(await request(app, pair.accessToken)).toEqual(allowed({ id: userId }));
    }
    return pair;
  }

  async function expectDead(pair: { accessToken: string; refreshToken: string }) {
    await nodes.caughtUp();
    for (const app of both()) {
      expect(await request(app, pair.accessToken)).toEqual(denied(SESSION_ENDED));
      expect((await refresh(app.url, pair.refreshToken)).answer).toBe(SESSION_ENDED);
    }
  }

  async function expectAlive({ accessToken }: { accessToken: string }) {
    for (const app of both()) {
      expect(await request(app, accessToken)).toEqual(allowed({ id: userId }));
    }
  }

  it('7.4.1 a logout invalidates unexpired tokens on every instance, and deletes the record', async () => {
    const pair = await seenSignIn();
    const url = `${nodes.express.url}/auth/logout`;
    const sent = { method: 'POST', token: pair.accessToken };
    expect((await send(url, sent)).status).toBe(200);
    await expectDead(pair);
    expect((await nodes.keys()).filter((key) => key.includes(handleOf(pair.accessToken)))).toEqual(
      [],
    );
    expect((await send(url, sent)).status).toBe(200);
  });

  it('7.4.1 a logout works with an expired access token and a live refresh token', async () => {
    const pair = await signIn();
    nodes.clock.advance(3_600_000);
    expect(await request(nodes.fastify, pair.accessToken)).toEqual(denied(TOKEN_EXPIRED));
    const json = { refreshToken: pair.refreshToken };
    const sent = { method: 'POST', token: pair.accessToken, json };
    for (const app of both()) {
      expect((await send(`${app.url}/auth/logout`, sent)).status).toBe(200);
      expect((await refresh(app.url, pair.refreshToken)).answer).toBe(SESSION_ENDED);
    }
  });

  it('7.4.1 concurrent writes during the logout do not restore the session', async () => {
    const pair = await signIn();
    const handle = handleOf(pair.accessToken);
    const work = Array.from({ length: 10 }, async (_none, i) => {
      const { status } = await send(`${both()[i % 2]?.url}/target/data`, {
        method: 'PATCH',
        token: pair.accessToken,
        json: { [`field${i}`]: i },
      });
      return status;
    });
    const logout = send(`${nodes.fastify.url}/auth/logout`, {
      method: 'POST',
      token: pair.accessToken,
    });
    const statuses = new Set([...(await Promise.all(work)), (await logout).status]);
    expect([...statuses].filter((status) => status !== 200 && status !== 401)).toEqual([]);
    await expectDead(pair);
    expect((await nodes.keys()).filter((key) => key.includes(handle))).toEqual([]);
    expect(await nodes.sessions.list(userId)).toEqual([]);
  });

  it.each([
    [
      'logout',
      (token: string) => send(`${nodes.express.url}/auth/logout`, { method: 'POST', token }),
    ],
    ['revokeUser', () => nodes.sessions.revokeUser(userId)],
    ['revokeEveryone', () => nodes.sessions.revokeEveryone()],
  ])('7.4.1 no concurrent rotation survives %s', async (_how, end) => {
    const pair = await signIn();
    const rotating = (async () => {
      let last = pair;
      for (let i = 0; ; i++) {
        const { answer, tokens } = await refresh(both()[i % 2]?.url as string, last.refreshToken);
        if (answer !== '200') return { last, answer };
        last = tokens;
      }
    })();
    await end(pair.accessToken);
    const { last, answer } = await rotating;
    expect(answer).toBe(SESSION_ENDED);
    await expectDead(last);
    expect(await nodes.sessions.list(userId)).toEqual([]);
  });

  it('7.4.2 revoking a user ends every session on every instance, and a new login works', async () => {
    const pairs = [];
    for (let i = 0; i < 5; i++) pairs.push(await seenSignIn());
    expect(await nodes.sessions.revokeUser(userId)).toBe(5);
    for (const pair of pairs) await expectDead(pair);
    await expectAlive(await signIn());
  });

  it('7.4.3 after a change of factor the other sessions end, and the current one continues under a new id', async () => {
    const others = [await seenSignIn(), await seenSignIn()];
    const current = await seenSignIn();
    const { body } = await send<{ session: { handle: string }; tokens: typeof current }>(
      `${nodes.fastify.url}/target/confirm`,
      { method: 'POST', token: current.accessToken },
    );
    expect(body.session.handle).not.toBe(handleOf(current.accessToken));
    expect(await nodes.sessions.revokeOthers(userId, body.session.handle)).toBe(2);
    for (const pair of [...others, current]) await expectDead(pair);
    await expectAlive(body.tokens);
  });

  it('7.4.5 an administrator revokes all sessions; a later login in the same second stays live', async () => {
    const pairs = [await seenSignIn(), await seenSignIn()];
    await nodes.sessions.revokeEveryone();
    const later = await signIn();
    expect(claimsOf(later.accessToken)['iat']).toBe(claimsOf(pairs[0]!.accessToken)['iat']);
    for (const pair of pairs) await expectDead(pair);
    await expectAlive(later);
  });

  it('7.5.2 a user lists their own sessions, without any credential', async () => {
    await logIn(nodes.express.url, 'another user');
    const pairs = [await signIn(), await signIn()];
    const { text, body } = await send<Json[]>(`${nodes.fastify.url}/auth/sessions`, {
      token: pairs[1]!.accessToken,
    });
    expect(body.map(({ handle }) => handle).toSorted()).toEqual(
      pairs.map(({ accessToken }) => handleOf(accessToken)).toSorted(),
    );
    for (const { accessToken, refreshToken } of pairs) {
      for (const token of [accessToken, refreshToken]) {
        expect(text).not.toContain(token.split('.')[2]);
        expect(text).not.toContain(claimsOf(token)['jti']);
      }
    }
  });

  it('8.2.2 ending a session of another user is 404, and that session stays live', async () => {
    const mine = await signIn();
    const theirs = await logIn(nodes.express.url, 'landlord');
    const names = [
      handleOf(theirs.accessToken),
      'AAA.AAAAAAAAAAAAAAAAAAAAAA',
      '*',
      '%00',
      '__proto__',
    ];
    const answers = new Set<string>();
    for (const app of both()) {
      for (const name of names) {
        const url = `${app.url}/auth/sessions/${name}`;
        const { status, text } = await send(url, { method: 'DELETE', token: mine.accessToken });
        answers.add(`${status} ${text}`);
      }
      expect(await request(app, theirs.accessToken)).toEqual(allowed({ id: 'landlord' }));
    }
    expect([...answers]).toEqual([
      '404 {"message":"Session not found","error":"Not Found","statusCode":404}',
    ]);
    expect((await refresh(nodes.express.url, theirs.refreshToken)).answer).toBe('200');
  });

  it('7.5.1 a refresh does not prove the identity: auth_time stays, and confirm renews it', async () => {
    const pair = await signIn();
    nodes.clock.advance(600_000);
    const { tokens } = await refresh(nodes.express.url, pair.refreshToken);
    const before = claimsOf(pair.accessToken)['auth_time'];
    expect(claimsOf(tokens.accessToken)['auth_time']).toBe(before);
    const { body } = await send<{ tokens: typeof pair }>(`${nodes.express.url}/target/confirm`, {
      method: 'POST',
      token: tokens.accessToken,
    });
    expect(claimsOf(body.tokens.accessToken)['auth_time']).toBe(Number(before) + 600);
  });

  it('RFC 7009 §2.1 revoking a refresh token ends its access tokens, and no other session', async () => {
    const other = await seenSignIn();
    const pair = await seenSignIn();
    const renewed = await refresh(nodes.express.url, pair.refreshToken);
    expect(renewed.answer).toBe('200');
    await nodes.tokens.revoke(renewed.tokens.refreshToken);
    await expectDead(pair);
    await expectDead(renewed.tokens);
    await expectAlive(other);
  });

  it('RFC 7009 §2.1 revoking an access token invalidates only that token', async () => {
    const pair = await seenSignIn();
    await nodes.tokens.revoke(pair.accessToken);
    await nodes.caughtUp();
    for (const app of both()) {
      expect(await request(app, pair.accessToken)).toEqual(denied(TOKEN_EXPIRED));
    }
    await expectAlive((await refresh(nodes.express.url, pair.refreshToken)).tokens);
  });

  it('RFC 7009 §2.2 revoking a foreign token is answered like any revocation', async () => {
    const pair = await seenSignIn();
    const foreign = new Forge({ keyPrefix: 'other:' }).sign(claimsOf(pair.accessToken));
    for (const token of ['', 'garbage', 'a.b.c', foreign, 'A'.repeat(1_000_000)]) {
      await expect(nodes.tokens.revoke(token)).resolves.toBeUndefined();
    }
    await expectAlive(pair);
  });

  it('CS-JWT denylist: no other encoding of a revoked token works', async () => {
    const { accessToken: token } = await seenSignIn();
    await nodes.tokens.revoke(token);
    await nodes.caughtUp();
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const forge = new Forge({ keyPrefix: nodes.keyPrefix });
    const spelled = [
      ...[header, payload, signature].flatMap((part) =>
        otherSpellings(part).map((other) => token.replace(part, other)),
      ),
      `${token}=`,
      token.replaceAll('-', '+').replaceAll('_', '/'),
      token.replace('.', ' .'),
    ].filter((other) => other !== token);
    // A signature of 32 bytes alone has three.
    expect(spelled.length).toBeGreaterThan(3);
    for (const other of spelled) {
      expect(await request(nodes.fastify, other)).toEqual(denied(INVALID_TOKEN));
    }
    // The same token again, signed with the genuine key over another order of the same claims: its
    // jti is denied.
    const reordered = Object.fromEntries(Object.entries(claimsOf(token)).toReversed());
    expect(await request(nodes.fastify, forge.sign(reordered))).toEqual(denied(TOKEN_EXPIRED));
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('3.5.3 %s ends nothing', async (method) => {
    const pair = await signIn();
    const handle = handleOf(pair.accessToken);
    const headers = ['authorization', `Bearer ${pair.accessToken}`];
    for (const app of both()) {
      for (const path of ['refresh', 'logout', 'logout-all', `sessions/${handle}`]) {
        const { status } = await sendRaw(app.url, { method, path: `/auth/${path}`, headers });
        expect([404, 405]).toContain(status);
      }
    }
    await expectAlive(pair);
    expect((await refresh(nodes.express.url, pair.refreshToken)).answer).toBe('200');
  });

  it('8.3.2 a removed role is missing from the next request on', async () => {
    const pair = await logIn(nodes.express.url, userId, { role: 'admin' });
    for (const app of both()) {
      expect((await request(app, pair.accessToken)).ran).toEqual(['kit', 'passport']);
    }
    expect(await nodes.sessions.updateClaims(userId, { role: 'user' })).toBe(1);
    await nodes.caughtUp();
    for (const app of both()) {
      expect(await request(app, pair.accessToken)).toEqual(denied(TOKEN_EXPIRED));
    }
    const { tokens } = await refresh(nodes.fastify.url, pair.refreshToken);
    expect(await request(nodes.express, tokens.accessToken)).toEqual(
      allowed({ id: userId, role: 'user' }),
    );
  });
});
