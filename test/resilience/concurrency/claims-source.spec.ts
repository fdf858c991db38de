import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionClaims } from 'nestjs-session-kit';
import { eventually } from '../../support/eventually.js';
import { Gate } from '../../support/gated-store.js';
import { claimsOf, codeOf, open, SHARED, useTwoNodes } from '../../support/nodes.js';

describe.each(SHARED)('claimsFor at a refresh, on two instances with one %s', (shared) => {
  let claimsFor: () => Promise<SessionClaims | null>;
  const nodes = useTwoNodes(shared, { options: { claimsFor: () => claimsFor() } });

  beforeEach(() => {
    claimsFor = async () => ({ role: 'user' });
  });

  it('7.4.2 ends the session on all instances if it returns null', async () => {
    const [one, other] = nodes.all;
    const { handle, session, accessToken, refreshToken } = await open(one!);
    claimsFor = async () => null;
    expect(await codeOf(one!.tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
    expect(await other!.sessions.list(session.user.id)).toEqual([]);
    expect(await other!.sessions.find(handle)).toBeNull();
    expect(await codeOf(other!.tokens.verifyAccess(accessToken))).toBe('SESSION_ENDED');
    claimsFor = async () => ({ role: 'user' });
    expect(await codeOf(other!.tokens.refresh(refreshToken))).toBe('SESSION_ENDED');
  });

  it('is 503 and rotates nothing if it throws: the same token is current afterwards', async () => {
    const [one, other] = nodes.all;
    const { accessToken, refreshToken } = await open(one!);
    claimsFor = () => Promise.reject(new Error('the user database is away'));
    expect(await codeOf(one!.tokens.refresh(refreshToken))).toBe('STORE_UNAVAILABLE');
    claimsFor = async () => ({ role: 'user' });
    nodes.clock.advance(60_000);
    const pair = await other!.tokens.refresh(refreshToken);
    expect(claimsOf(pair.refreshToken).gen).toBe(1);
    expect(await codeOf(one!.tokens.verifyAccess(accessToken))).toBe('done');
  });

  it('8.3.2 puts fresh claims into the new access token and invalidates older ones on all instances', async () => {
    const [one, other] = nodes.all;
    const { accessToken, refreshToken } = await open(one!);
    expect(await codeOf(other!.tokens.verifyAccess(accessToken))).toBe('done');
    claimsFor = async () => ({ role: 'admin' });
    const pair = await one!.tokens.refresh(refreshToken);
    expect(await other!.tokens.verifyAccess(pair.accessToken)).toMatchObject({ role: 'admin' });
    expect(await codeOf(other!.tokens.verifyAccess(accessToken))).toBe('TOKEN_EXPIRED');
  });

  it('8.3.2 puts current claims into the same successor at a replay', async () => {
    const [one, other] = nodes.all;
    const { refreshToken } = await open(one!);
    const first = await one!.tokens.refresh(refreshToken);
    claimsFor = async () => ({ role: 'guest' });
    const again = await other!.tokens.refresh(refreshToken);
    expect(claimsOf(again.refreshToken).jti).toBe(claimsOf(first.refreshToken).jti);
    expect(await one!.tokens.verifyAccess(again.accessToken)).toMatchObject({ role: 'guest' });
    expect(await codeOf(one!.tokens.verifyAccess(first.accessToken))).toBe('TOKEN_EXPIRED');
    expect(await codeOf(one!.tokens.refresh(first.refreshToken))).toBe('done');
  });

  it('invalidates no token if the claims have not changed', async () => {
    const [one, other] = nodes.all;
    const { accessToken, refreshToken } = await open(one!);
    await one!.tokens.refresh(refreshToken);
    expect(await codeOf(other!.tokens.verifyAccess(accessToken))).toBe('done');
  });

  it('7.4.1 does not undo a logout during the lookup of claims', async () => {
    const [one, other] = nodes.all;
    const { handle, session, refreshToken } = await open(one!);
    const gate = new Gate();
    claimsFor = async () => {
      await gate.pass();
      return { role: 'admin' };
    };
    gate.close();
    const refreshing = codeOf(one!.tokens.refresh(refreshToken));
    await gate.arrival();
    await other!.sessions.revoke(handle);
    gate.open();
    expect(await refreshing).toBe('SESSION_ENDED');
    expect(await one!.sessions.list(session.user.id)).toEqual([]);
  });

  it('invalidates no token if only the order of keys differs', async () => {
    const [one, other] = nodes.all;
    claimsFor = async () => ({ role: 'user', teams: { b: 1, a: 2 } });
    const { refreshToken } = await open(one!);
    const pair = await one!.tokens.refresh(refreshToken);
    claimsFor = async () => ({ teams: { a: 2, b: 1 }, role: 'user' });
    await other!.tokens.refresh(pair.refreshToken);
    expect(await codeOf(one!.tokens.verifyAccess(pair.accessToken))).toBe('done');
  });

  it('8.3.2 never replaces newer claims with an answer from before them, at a touch', async () => {
    const [one, other] = nodes.all;
    const userId = randomUUID();
    const { secret } = await one!.sessions.create({
      transport: 'cookie',
      userId,
      claims: { role: 'admin' },
    });
    const gate = new Gate();
    let role = 'admin';
    claimsFor = async () => {
      const answer = { role, seen: true };
      await gate.pass();
      return answer;
    };
    gate.close();
    nodes.clock.advance(60_000);
    await one!.sessions.resolve(secret);
    await gate.arrival();
    role = 'guest';
    await other!.sessions.updateClaims(userId, { role });
    gate.letThrough();
    // It asks again, because the claims have changed since.
    await gate.arrival();
    expect((await other!.sessions.resolve(secret))?.user).toEqual({ id: userId, role });
    gate.open();
    const touched = await eventually(
      () => other!.sessions.resolve(secret),
      (session) => session !== null && 'seen' in session.user,
    );
    expect(touched?.user).toEqual({ id: userId, role, seen: true });
  });

  it('yields claims versions that follow the clock, so that none is used twice after a failover that loses one', async () => {
    const [one] = nodes.all;
    const userId = randomUUID();
    const { refreshToken } = await open(one!, userId);
    const versions: number[] = [];
    for (const role of ['admin', 'guest', 'user']) {
      await one!.sessions.updateClaims(userId, { role });
      claimsFor = async () => ({ role });
      const { accessToken } = await one!.tokens.refresh(refreshToken);
      versions.push((await one!.tokens.verifyAccess(accessToken)).cver);
    }
    const nowMs = nodes.clock.nowMs();
    expect(versions).toEqual([nowMs, nowMs + 1, nowMs + 2]);
  });
});
