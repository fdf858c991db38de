import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { secretOf } from '../support/secret-of.js';
import { bitFlips } from './bit-flips.js';
import { claimsOf, Forge, headerOf, sealed } from '../support/forge.js';
import { useTwoAttackTargets } from './use-two-attack-targets.js';
import {
  INVALID_TOKEN,
  request,
  logIn,
  allowed,
  refresh,
  SESSION_ENDED,
  denied,
} from '../support/apps/attack-target.controller.js';
import { lengthenTimeouts } from '../support/lengthen-timeouts.js';

lengthenTimeouts();

const REUSED =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Refresh token was already used","code":"REFRESH_REUSED"}';
const WRONG_TYPE =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Invalid token type","code":"TOKEN_TYPE_INVALID"}';
const EXPIRED =
  '401 {"statusCode":401,"error":"Unauthorized","message":"Token expired","code":"TOKEN_EXPIRED"}';

const GRACE_MS = 30_000;
const DAY_MS = 86_400_000;

describe('refresh tokens, on two instances', () => {
  const nodes = useTwoAttackTargets();

  /** Rotates on one instance or the other; fails if the refresh is refused. */
  async function rotated(refreshToken: string, on: 'express' | 'fastify' = 'fastify') {
    const { answer, tokens } = await refresh(nodes[on].url, refreshToken);
    expect(answer).toBe('200');
    return tokens;
  }

  it('10.4.5 are replaced at each use, and the old one becomes invalid', async () => {
    const first = await logIn(nodes.express.url, 'rotates');
    const second = await rotated(first.refreshToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const [a, b] = [claimsOf(first.refreshToken), claimsOf(second.refreshToken)];
    expect(b['jti']).not.toBe(a['jti']);
    expect(b['sid']).toBe(a['sid']);
    nodes.clock.advance(GRACE_MS);
    expect((await refresh(nodes.express.url, first.refreshToken)).answer).toBe(REUSED);
  });

  it('10.4.5 end their session, and no other, when a stolen, replaced one is used', async () => {
    const other = await logIn(nodes.express.url, 'robbed');
    const first = await logIn(nodes.express.url, 'robbed');
    const second = await rotated(first.refreshToken, 'express');
    const third = await rotated(second.refreshToken, 'fastify');
    const lineage = [first, second, third];
    // Both instances have cached the access tokens when the stolen token is used.
    for (const app of [nodes.express, nodes.fastify]) {
      expect((await request(app, third.accessToken)).ran).toEqual(['kit', 'passport']);
    }

    expect((await refresh(nodes.fastify.url, first.refreshToken)).answer).toBe(REUSED);

    for (const app of [nodes.express, nodes.fastify]) {
      for (const { accessToken, refreshToken } of lineage) {
        expect(await request(app, accessToken)).toEqual(denied(SESSION_ENDED));
        expect((await refresh(app.url, refreshToken)).answer).toBe(SESSION_ENDED);
      }
      expect(await request(app, other.accessToken)).toEqual(allowed({ id: 'robbed' }));
    }
    expect((await refresh(nodes.express.url, other.refreshToken)).answer).toBe('200');
  });

  describe('10.4.5 the grace for retries is bounded and yields one successor', () => {
    it('10.4.5 within it the same successor is returned, by either instance', async () => {
      const first = await logIn(nodes.express.url, 'retries');
      const second = await rotated(first.refreshToken, 'express');
      nodes.clock.advance(GRACE_MS - 1);
      for (const on of ['express', 'fastify', 'express'] as const) {
        expect((await rotated(first.refreshToken, on)).refreshToken).toBe(second.refreshToken);
      }
      nodes.clock.advance(1);
      expect((await refresh(nodes.express.url, first.refreshToken)).answer).toBe(REUSED);
    });

    it('10.4.5 retries do not prolong it', async () => {
      const first = await logIn(nodes.express.url, 'slides');
      await rotated(first.refreshToken);
      for (let i = 0; i < 3; i++) {
        nodes.clock.advance(GRACE_MS / 4);
        await rotated(first.refreshToken);
      }
      nodes.clock.advance(GRACE_MS / 4);
      expect((await refresh(nodes.express.url, first.refreshToken)).answer).toBe(REUSED);
    });

    it('10.4.5 after use of the successor, a retry is reuse', async () => {
      const first = await logIn(nodes.express.url, 'used');
      const second = await rotated(first.refreshToken);
      const third = await rotated(second.refreshToken);
      expect((await refresh(nodes.express.url, first.refreshToken)).answer).toBe(REUSED);
      expect((await refresh(nodes.express.url, third.refreshToken)).answer).toBe(SESSION_ENDED);
    });
  });

  it('15.4.2 50 refreshes at once on two instances yield one live successor', async () => {
    const { refreshToken } = await logIn(nodes.express.url, 'parallel');
    const urls = [nodes.express.url, nodes.fastify.url];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_none, i) => refresh(urls[i % 2] as string, refreshToken)),
    );
    const good = answers.filter(({ answer }) => answer === '200');
    // A caller that loses every race until its deadline gets 503; none gets 401.
    expect(answers.filter(({ answer }) => answer !== '200' && !answer.startsWith('503'))).toEqual(
      [],
    );
    const successors = new Set(good.map(({ tokens }) => tokens.refreshToken));
    expect([...successors]).toHaveLength(1);
    const [successor] = successors;
    expect((await refresh(nodes.express.url, successor)).answer).toBe('200');
    // A second successor would end the session when the first is used.
    expect((await request(nodes.fastify, good[0]?.tokens.accessToken as string)).ran).toHaveLength(
      2,
    );
  });

  it('OAuth 2.1 §4.3 are refused with any bit changed, and attempts do not affect the session', async () => {
    const victim = await logIn(nodes.express.url, 'victim');
    const codes = new Set<unknown>();
    for (const { token } of bitFlips(victim.refreshToken)) {
      codes.add(
        await nodes.tokens.refresh(token).then(
          () => 'accepted',
          (error: { code?: string }) => error.code,
        ),
      );
    }
    expect([...codes]).toEqual(['TOKEN_INVALID']);
    expect(await request(nodes.fastify, victim.accessToken)).toEqual(allowed({ id: 'victim' }));
    await rotated(victim.refreshToken);
  });

  it('OAuth 2.1 §4.3 cannot be forged to end a session by an attacker who knows the handle', async () => {
    const victim = await logIn(nodes.express.url, 'known');
    const spent = claimsOf(victim.refreshToken);
    const current = await rotated(victim.refreshToken);
    const header = headerOf(victim.refreshToken);
    const guesses = [
      sealed(header, spent, 'the key of a stranger'),
      sealed(header, { ...spent, gen: 99 }, 'the key of a stranger'),
      new Forge({ secret: secretOf('a stranger') }).sign(spent, header, 'refresh'),
      `${victim.refreshToken.slice(0, -4)}AAAA`,
      String(spent['sid']),
    ];
    for (const guess of guesses) {
      for (const path of ['refresh', 'logout']) {
        const response = await fetch(`${nodes.express.url}/auth/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ refreshToken: guess }),
        });
        expect(`${response.status} ${await response.text()}`).toBe(INVALID_TOKEN);
      }
      await nodes.tokens.revoke(guess);
    }
    expect(await request(nodes.fastify, current.accessToken)).toEqual(allowed({ id: 'known' }));
    await rotated(current.refreshToken);
  });

  it('9.2.2 are refused as access tokens, and access tokens as refresh tokens', async () => {
    const { accessToken, refreshToken } = await logIn(nodes.express.url, 'swaps');
    for (const app of [nodes.express, nodes.fastify]) {
      expect(await request(app, refreshToken)).toEqual(denied(WRONG_TYPE));
      expect((await refresh(app.url, accessToken)).answer).toBe(WRONG_TYPE);
    }
    await rotated(refreshToken);
  });

  it('RFC 9700 §4.14.2 are checked against the record even if their signature is genuine', async () => {
    const forge = new Forge({ keyPrefix: nodes.keyPrefix });
    const mine = await logIn(nodes.express.url, 'mallory');
    const theirs = await logIn(nodes.express.url, 'alice');
    const claims = claimsOf(theirs.refreshToken);
    const asMallory = { ...claims, sub: 'mallory' };
    const forged = forge.sign(asMallory, forge.header('refresh'), 'refresh');
    expect((await refresh(nodes.express.url, forged)).answer).toBe(SESSION_ENDED);
    expect(await request(nodes.express, theirs.accessToken)).toEqual(allowed({ id: 'alice' }));
    await rotated(mine.refreshToken);
  });

  it('10.4.8 do not outlive the absolute timeout of their session', async () => {
    let pair: TokenPair = await logIn(nodes.express.url, 'slider');
    const end = Number(claimsOf(pair.accessToken)['auth_time']) + 30 * 86_400;
    const started = nodes.clock.nowMs();
    for (let refreshes = 0; refreshes < 4; refreshes++) {
      nodes.clock.advance(6 * DAY_MS);
      pair = await rotated(pair.refreshToken);
      for (const token of [pair.accessToken, pair.refreshToken]) {
        expect(claimsOf(token)['exp']).toBeLessThanOrEqual(end);
      }
    }
    expect(claimsOf(pair.refreshToken)['exp']).toBe(end);
    nodes.clock.advance(started + 30 * DAY_MS - nodes.clock.nowMs() - 1000);
    pair = await rotated(pair.refreshToken);
    expect(pair.expiresIn).toBeLessThanOrEqual(1);
    nodes.clock.advance(1000);
    expect((await refresh(nodes.express.url, pair.refreshToken)).answer).toBe(EXPIRED);
    expect((await request(nodes.express, pair.accessToken)).ran).toEqual([]);
  });

  it('10.4.8 do not outlive it with a forged expiry either', async () => {
    const forge = new Forge({ keyPrefix: nodes.keyPrefix });
    const { refreshToken } = await logIn(nodes.express.url, 'forever');
    const eternal = forge.sign(
      { ...claimsOf(refreshToken), exp: 8_000_000_000 },
      forge.header('refresh'),
      'refresh',
    );
    nodes.clock.advance(30 * DAY_MS);
    expect((await refresh(nodes.express.url, eternal)).answer).toBe(SESSION_ENDED);
  });

  it('RFC 9700 §4.14.2 expire without use, and their session with them', async () => {
    const pair = await logIn(nodes.express.url, 'absent');
    nodes.clock.advance(7 * DAY_MS);
    expect((await refresh(nodes.express.url, pair.refreshToken)).answer).toBe(EXPIRED);
    expect(await nodes.sessions.find(String(claimsOf(pair.accessToken)['sid']))).toBeNull();
    expect(await nodes.sessions.list('absent')).toEqual([]);
  });

  it.each(['revokeUser', 'logout'])('RFC 9700 §4.14.2 end after %s', async (how) => {
    const pair = await logIn(nodes.express.url, `leaves by ${how}`);
    if (how === 'logout') {
      await fetch(`${nodes.fastify.url}/auth/logout`, {
        method: 'POST',
        headers: { authorization: `Bearer ${pair.accessToken}` },
      });
    } else {
      await nodes.sessions.revokeUser(`leaves by ${how}`);
    }
    expect((await refresh(nodes.express.url, pair.refreshToken)).answer).toBe(SESSION_ENDED);
  });
});
