import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, Public, SessionGuard } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

@Controller('public')
@UseGuards(SessionGuard)
@Public()
class PublicController {
  @Get()
  list(@CurrentUser() user?: object): object {
    return { user: user ?? null };
  }
}

describe.each(MATRIX)('$adapter with $store: guarded routes', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController, PublicController] });
  const ran = (): string[] => fixture.app.get(ApiAppController).ran;

  beforeEach(() => {
    ran().length = 0;
  });

  it('answers a login with an uncacheable token pair', async () => {
    const { status, body, headers } = await send(`${fixture.url}/api/login`, {
      method: 'POST',
      json: { userId: 'u1' },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: 3600,
      tokenType: 'Bearer',
      handle: expect.any(String),
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('injects the id and claims of the login by @CurrentUser(), and one field of them by key', async () => {
    const { accessToken } = await login(fixture.url, {
      userId: 'u1',
      claims: { email: 'u1@example.com', role: 'editor', teams: ['a', 'b'] },
    });
    const { status, body } = await send(`${fixture.url}/api/user`, { token: accessToken });
    expect(status).toBe(200);
    expect(body).toEqual({
      user: { id: 'u1', email: 'u1@example.com', role: 'editor', teams: ['a', 'b'] },
      id: 'u1',
    });
  });

  it('injects the session of the login by @CurrentSession()', async () => {
    const { accessToken, handle } = await login(fixture.url, {
      userId: 'u1',
      claims: { role: 'editor' },
      data: { theme: 'dark' },
      label: 'phone',
    });
    const { body } = await send(`${fixture.url}/api/session`, {
      token: accessToken,
    });
    const now = new Date(fixture.clock.nowMs());
    expect(body['session']).toEqual({
      handle,
      transport: 'bearer',
      user: { id: 'u1', role: 'editor' },
      data: { theme: 'dark' },
      device: { ip: '127.0.0.1', userAgent: 'node', label: 'phone' },
      createdAt: now.toISOString(),
      lastSeenAt: now.toISOString(),
      authenticatedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + 7 * 86_400_000).toISOString(),
    });
  });

  it('injects an exchange with the device and one session per request by @Exchange()', async () => {
    const { accessToken, handle } = await login(fixture.url, { userId: 'u1' });
    const { body } = await send(`${fixture.url}/api/exchange`, {
      token: accessToken,
      headers: { 'user-agent': 'browser of the test' },
    });
    expect(body).toEqual({
      device: { ip: '127.0.0.1', userAgent: 'browser of the test' },
      handle,
      same: true,
    });
  });

  it.each(['/api/open', '/public'])(
    'admits requests to the @Public() route %s without a store call, with and without a token',
    async (path) => {
      const { accessToken } = await login(fixture.url, { userId: 'u1' });
      fixture.calls.length = 0;
      for (const token of [undefined, accessToken, 'garbage']) {
        const { status, body } = await send(fixture.url + path, { token });
        expect(status).toBe(200);
        expect(body).toEqual({ user: null });
      }
      expect(fixture.calls).toEqual([]);
    },
  );

  it.each(['user', 'session', 'exchange'])(
    'reads the store once for a request to /api/%s if check is "store"',
    async (route) => {
      const { accessToken } = await login(fixture.url, { userId: 'u1' });
      fixture.calls.length = 0;
      const { status } = await send(`${fixture.url}/api/${route}`, { token: accessToken });
      expect(status).toBe(200);
      expect(fixture.calls).toEqual(['read']);
    },
  );

  it('refuses a request without a token with 401 and a challenge, and does not run the handler', async () => {
    const { status, body, headers } = await send(`${fixture.url}/api/user`);
    expect(status).toBe(401);
    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'No token provided',
      code: 'TOKEN_MISSING',
    });
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(ran()).toEqual([]);
  });

  it('gives the reason for refusing a token in the challenge', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(3_600_000);
    const { status, body, headers } = await send(`${fixture.url}/api/user`, {
      token: accessToken,
    });
    expect(status).toBe(401);
    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Token expired',
      code: 'TOKEN_EXPIRED',
    });
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Token expired"',
    );
    expect(ran()).toEqual([]);
  });

  it('9.2.2 refuses a refresh token on guarded routes', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'u1' });
    const { status, body } = await send(`${fixture.url}/api/user`, { token: refreshToken });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_TYPE_INVALID', message: 'Invalid token type' });
    expect(ran()).toEqual([]);
  });
});

describe.each(MATRIX)('$adapter with $store: revocation.check "none"', (entry) => {
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    options: { revocation: { check: 'none' } },
  });

  it('calls the store only to read the session that a handler requests', async () => {
    const { accessToken: token } = await login(fixture.url, { userId: 'u1' });
    fixture.calls.length = 0;
    expect((await send(`${fixture.url}/api/user`, { token })).status).toBe(200);
    expect(fixture.calls).toEqual([]);
    expect((await send(`${fixture.url}/api/exchange`, { token })).status).toBe(200);
    expect(fixture.calls).toEqual(['read']);
  });

  it('admits the access token of an ended session, but has no session to inject', async () => {
    const { accessToken: token, handle } = await login(fixture.url, { userId: 'u1' });
    await fixture.sessions.revoke(handle);
    expect((await send(`${fixture.url}/api/user`, { token })).status).toBe(200);
    const { status, body } = await send(`${fixture.url}/api/session`, { token });
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'SESSION_ENDED', message: 'Session ended' });
  });
});
