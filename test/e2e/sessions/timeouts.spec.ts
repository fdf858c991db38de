import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { MATRIX, STORE_MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

const MINUTE_MS = 60_000;

describe.each(STORE_MATRIX)('with $store: timeouts of sessions with a secret', (entry) => {
  const fixture = useFixture(entry, {
    options: {
      session: {
        idleTimeoutSeconds: 600,
        absoluteTimeoutSeconds: 3600,
        touchIntervalSeconds: 60,
      },
      tokens: { accessTtlSeconds: 300, refreshTtlSeconds: 1200 },
    },
  });
  const lastSeenMs = async (handle: string): Promise<number | undefined> =>
    (await fixture.sessions.find(handle))?.lastSeenAt.getTime();
  /** Uses a session and waits until the store has its activity. */
  const use = async (secret: string, handle: string): Promise<void> => {
    expect(await fixture.sessions.resolve(secret)).not.toBeNull();
    await eventually(
      () => lastSeenMs(handle),
      (seenMs) => seenMs === fixture.clock.nowMs(),
    );
  };

  it('7.3.1 extends the idle timeout with activity and ends an idle session', async () => {
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u1',
    });
    for (let i = 0; i < 3; i++) {
      fixture.clock.advance(10 * MINUTE_MS - 1);
      await use(secret, session.handle);
    }
    fixture.clock.advance(10 * MINUTE_MS);
    expect(await fixture.sessions.resolve(secret)).toBeNull();
    expect(await fixture.sessions.find(session.handle)).toBeNull();
    expect(await fixture.sessions.list('u1')).toEqual([]);
  });

  it('7.3.1 does not extend the idle timeout when a session is only read', async () => {
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u2',
    });
    fixture.clock.advance(9 * MINUTE_MS);
    expect(await fixture.sessions.find(session.handle)).toEqual(session);
    expect(await fixture.sessions.list('u2')).toEqual([session]);
    fixture.clock.advance(MINUTE_MS);
    expect(await fixture.sessions.resolve(secret)).toBeNull();
  });

  it('7.3.2 ends a session at the absolute timeout despite activity', async () => {
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u3',
    });
    const endsAtMs = fixture.clock.nowMs() + 60 * MINUTE_MS;
    while (fixture.clock.nowMs() < endsAtMs - 5 * MINUTE_MS) {
      fixture.clock.advance(5 * MINUTE_MS);
      await use(secret, session.handle);
    }
    expect((await fixture.sessions.find(session.handle))?.expiresAt.getTime()).toBe(endsAtMs);
    fixture.clock.advance(5 * MINUTE_MS - 1);
    expect(await fixture.sessions.resolve(secret)).not.toBeNull();
    fixture.clock.advance(1);
    expect(await fixture.sessions.resolve(secret)).toBeNull();
  });

  it('writes activity at most once per interval', async () => {
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId: 'u4',
    });
    fixture.calls.length = 0;
    fixture.clock.advance(59_999);
    await Promise.all(Array.from({ length: 5 }, () => fixture.sessions.resolve(secret)));
    expect(fixture.calls).not.toContain('touch');
    fixture.clock.advance(1);
    await Promise.all(Array.from({ length: 5 }, () => fixture.sessions.resolve(secret)));
    await eventually(
      () => lastSeenMs(session.handle),
      (seenMs) => seenMs === fixture.clock.nowMs(),
    );
    fixture.clock.advance(59_999);
    await fixture.sessions.resolve(secret);
    expect(fixture.calls.filter((call) => call === 'touch')).toHaveLength(1);
    expect(fixture.calls).not.toContain('replace');
  });
});

describe.each(MATRIX)('$adapter with $store: timeouts of bearer sessions', (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    options: {
      session: { absoluteTimeoutSeconds: 3600, idleTimeoutSeconds: 60, touchIntervalSeconds: 30 },
      tokens: { accessTtlSeconds: 600, refreshTtlSeconds: 1200 },
    },
  });
  const refresh = async (refreshToken: string) =>
    send<{ accessToken: string; refreshToken: string; expiresIn: number; code?: string }>(
      `${fixture.url}/auth/refresh`,
      { method: 'POST', json: { refreshToken } },
    );

  it('RFC 9700 §4.14.2 ends the session when its refresh token expires unused', async () => {
    const { refreshToken, handle } = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(20 * MINUTE_MS);
    const { status, body } = await refresh(refreshToken);
    expect([status, body.code]).toEqual([401, 'TOKEN_EXPIRED']);
    expect(await fixture.sessions.find(handle)).toBeNull();
  });

  it('7.3.1 gives a bearer session from create the lifetimes of its tokens, like one from login', async () => {
    const { session, tokens } = await fixture.sessions.create({
      transport: 'bearer',
      userId: 'u3',
    });
    const { body } = await refresh(tokens.refreshToken);
    expect([tokens.expiresIn, body.expiresIn]).toEqual([600, 600]);
    expect(session.expiresAt.getTime() - fixture.clock.nowMs()).toBe(20 * MINUTE_MS);
    fixture.clock.advance(20 * MINUTE_MS);
    expect(await fixture.sessions.find(session.handle)).toBeNull();
  });

  it('10.4.8 extends refresh tokens with use, but not beyond the absolute timeout', async () => {
    let tokens: { accessToken: string; refreshToken: string } = await login(fixture.url, {
      userId: 'u2',
    });
    const endsAtMs = fixture.clock.nowMs() + 60 * MINUTE_MS;
    for (let i = 0; i < 3; i++) {
      fixture.clock.advance(19 * MINUTE_MS);
      const { status, body } = await refresh(tokens.refreshToken);
      expect(status).toBe(200);
      // The absolute timeout shortens the last token to the remaining 3 minutes.
      expect(body.expiresIn).toBe(i < 2 ? 600 : 180);
      const { exp } = await fixture.tokens.verifyRefresh(body.refreshToken);
      expect(exp * 1000).toBeLessThanOrEqual(endsAtMs);
      tokens = body;
    }
    fixture.clock.advance(3 * MINUTE_MS);
    expect((await refresh(tokens.refreshToken)).status).toBe(401);
    const dead = await send(`${fixture.url}/api/user`, { token: tokens.accessToken });
    expect(dead.status).toBe(401);
  });

  it('7.3.1 extends a session on guarded requests, with at most one touch per interval', async () => {
    const { accessToken: token, handle } = await login(fixture.url, { userId: 'u3' });
    const request = () => send(`${fixture.url}/api/user`, { token });
    fixture.calls.length = 0;
    await request();
    fixture.clock.advance(30_000);
    await Promise.all([request(), request(), request()]);
    await eventually(
      async () => (await fixture.sessions.find(handle))?.lastSeenAt.getTime(),
      (seenMs) => seenMs === fixture.clock.nowMs(),
    );
    await request();
    expect(fixture.calls.filter((call) => call === 'touch')).toHaveLength(1);
  });
});
