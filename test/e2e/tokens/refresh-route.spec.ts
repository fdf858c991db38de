import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

describe.each(MATRIX)('$adapter with $store: POST auth/refresh', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const refresh = (json: unknown) =>
    send<TokenPair & { code: string }>(`${fixture.url}/auth/refresh`, { method: 'POST', json });

  it('returns a new uncacheable token pair, both tokens of which are valid', async () => {
    const old = await login(fixture.url, { userId: 'u1', claims: { email: 'u1@example.com' } });
    const { status, body, headers } = await refresh({ refreshToken: old.refreshToken });
    expect(status).toBe(200);
    expect(body).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 3600,
      tokenType: 'Bearer',
    });
    expect(body.refreshToken).not.toBe(old.refreshToken);
    expect(body.accessToken).not.toBe(old.accessToken);
    expect(headers.get('cache-control')).toBe('no-store');
    const me = await send(`${fixture.url}/api/session`, { token: body.accessToken });
    expect(me.body).toMatchObject({ session: { handle: old.handle } });
    expect((await refresh({ refreshToken: body.refreshToken })).status).toBe(200);
  });

  it('accepts a refresh token without and with an expired access token in the header', async () => {
    const { accessToken, refreshToken } = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(3_601_000);
    const { status } = await send(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      token: accessToken,
      json: { refreshToken },
    });
    expect(status).toBe(200);
  });

  it('10.4.5 refuses a replaced token after the grace with 401 and ends the session with its tokens', async () => {
    const first = await login(fixture.url, { userId: 'u1' });
    const other = await login(fixture.url, { userId: 'u1' });
    const second = (await refresh({ refreshToken: first.refreshToken })).body;
    fixture.clock.advance(30_000);
    const { status, body, headers } = await refresh({ refreshToken: first.refreshToken });
    expect(status).toBe(401);
    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Refresh token was already used',
      code: 'REFRESH_REUSED',
    });
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Refresh token was already used"',
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect((await refresh({ refreshToken: second.refreshToken })).body.code).toBe('SESSION_ENDED');
    const dead = await send(`${fixture.url}/api/user`, { token: second.accessToken });
    expect(dead.body).toMatchObject({ code: 'SESSION_ENDED' });
    expect((await refresh({ refreshToken: other.refreshToken })).status).toBe(200);
  });

  it('returns the same successor for a replaced token within the grace', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'u1' });
    const once = (await refresh({ refreshToken })).body;
    fixture.clock.advance(29_000);
    const { status, body } = await refresh({ refreshToken });
    expect(status).toBe(200);
    expect(body.refreshToken).toBe(once.refreshToken);
  });

  it('refuses an access token in place of the refresh token with TOKEN_TYPE_INVALID', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    const { status, body } = await refresh({ refreshToken: accessToken });
    expect([status, body.code]).toEqual([401, 'TOKEN_TYPE_INVALID']);
  });

  it('refuses an expired refresh token with TOKEN_EXPIRED', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(7 * 86_400_000);
    const { status, body } = await refresh({ refreshToken });
    expect([status, body.code]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('refuses a refresh after logout with SESSION_ENDED', async () => {
    const { refreshToken, handle } = await login(fixture.url, { userId: 'u1' });
    await fixture.sessions.revoke(handle);
    const { status, body } = await refresh({ refreshToken });
    expect([status, body.code]).toEqual([401, 'SESSION_ENDED']);
  });

  it.each([undefined, {}, { refreshToken: undefined }, { refresh_token: 'x' }, []])(
    'refuses a body of %j with 400 REFRESH_TOKEN_REQUIRED',
    async (json) => {
      fixture.calls.length = 0;
      const { status, body, headers } = await refresh(json);
      expect(status).toBe(400);
      expect(body).toEqual({
        statusCode: 400,
        error: 'Bad Request',
        message: 'Refresh token required',
        code: 'REFRESH_TOKEN_REQUIRED',
      });
      expect(headers.get('www-authenticate')).toBeNull();
      expect(fixture.calls).toEqual([]);
    },
  );

  it.each(
    ['GET', 'HEAD', 'OPTIONS'].flatMap((method) =>
      ['refresh', 'logout', 'logout-all'].map((route) => ({ method, route })),
    ),
  )('3.5.3 refuses $method auth/$route without effect', async ({ method, route }) => {
    const { accessToken, refreshToken } = await login(fixture.url, { userId: 'u1' });
    fixture.calls.length = 0;
    const { status } = await send(`${fixture.url}/auth/${route}?refreshToken=${refreshToken}`, {
      method,
      token: accessToken,
    });
    expect([404, 405]).toContain(status);
    expect(fixture.calls).toEqual([]);
    expect((await send(`${fixture.url}/api/user`, { token: accessToken })).status).toBe(200);
    expect((await refresh({ refreshToken })).status).toBe(200);
  });
});
