import { describe, expect, it } from '@jest/globals';
import { send, type Sent } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, type LoggedIn, login } from '../../support/apps/api-app.controller.js';

describe.each(MATRIX)('$adapter with $store: logout', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const post = (route: string, sent: Sent) =>
    send(`${fixture.url}/auth/${route}`, { method: 'POST', ...sent });
  const codeOf = async ({ accessToken }: LoggedIn): Promise<unknown> =>
    (await send(`${fixture.url}/api/user`, { token: accessToken })).body['code'];

  it.each([
    {
      name: 'with an access token',
      sent: ({ accessToken: token }: LoggedIn) => ({ token }),
    },
    {
      name: 'with only a refresh token in the body',
      sent: ({ refreshToken }: LoggedIn) => ({ json: { refreshToken } }),
    },
    {
      name: 'with both',
      sent: ({ accessToken: token, refreshToken }: LoggedIn) => ({ token, json: { refreshToken } }),
    },
  ])('7.4.1 invalidates both tokens of this session only ($name)', async ({ sent }) => {
    const mine = await login(fixture.url, { userId: 'u1' });
    const other = await login(fixture.url, { userId: 'u1' });
    const { status, body, headers } = await post('logout', sent(mine));
    expect(status).toBe(200);
    expect(body).toEqual({ message: 'Logged out successfully' });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await codeOf(mine)).toBe('SESSION_ENDED');
    const refreshed = await post('refresh', { json: { refreshToken: mine.refreshToken } });
    expect(refreshed.body).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    expect(await fixture.sessions.find(mine.handle)).toBeNull();
    expect(await codeOf(other)).toBeUndefined();
  });

  it('7.4.1 ends the session with only an expired access token', async () => {
    const { accessToken, refreshToken, handle } = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(3_601_000);
    expect((await post('logout', { token: accessToken })).status).toBe(200);
    expect(await fixture.sessions.find(handle)).toBeNull();
    expect((await post('refresh', { json: { refreshToken } })).status).toBe(401);
  });

  it('treats a refresh token of null as absent', async () => {
    const { accessToken: token } = await login(fixture.url, { userId: 'u9' });
    expect((await post('logout', { token, json: { refreshToken: null } })).status).toBe(200);
  });

  it('ends both sessions if the tokens belong to two', async () => {
    const one = await login(fixture.url, { userId: 'u1' });
    const two = await login(fixture.url, { userId: 'u2' });
    const sent = { token: one.accessToken, json: { refreshToken: two.refreshToken } };
    expect((await post('logout', sent)).status).toBe(200);
    expect([await codeOf(one), await codeOf(two)]).toEqual(['SESSION_ENDED', 'SESSION_ENDED']);
  });

  it('answers the same 200 to a repeated logout and to one without credentials', async () => {
    const { accessToken: token } = await login(fixture.url, { userId: 'u1' });
    await post('logout', { token });
    for (const sent of [{ token }, {}, { json: {} }]) {
      const { status, body } = await post('logout', sent);
      expect(status).toBe(200);
      expect(body).toEqual({ message: 'Logged out successfully' });
    }
  });

  it.each([
    { name: 'a garbage bearer token', sent: { token: 'garbage' } },
    { name: 'a garbage refresh token', sent: { json: { refreshToken: 'garbage' } } },
  ])('refuses $name with TOKEN_INVALID and a challenge', async ({ sent }) => {
    fixture.calls.length = 0;
    const { status, body, headers } = await post('logout', sent);
    expect(status).toBe(401);
    expect(body).toEqual({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'Invalid token',
      code: 'TOKEN_INVALID',
    });
    expect(headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="Invalid token"',
    );
    expect(fixture.calls).toEqual([]);
  });

  it('7.4.2 ends and counts every session of the user on logout-all, and no session of others', async () => {
    const mine = [];
    for (let i = 0; i < 3; i++) mine.push(await login(fixture.url, { userId: 'all' }));
    const other = await login(fixture.url, { userId: 'other' });
    const [first] = mine as [LoggedIn];
    const { status, body, headers } = await post('logout-all', { token: first.accessToken });
    expect(status).toBe(200);
    expect(body).toEqual({ revoked: 3 });
    expect(headers.get('cache-control')).toBe('no-store');
    for (const tokens of mine) expect(await codeOf(tokens)).toBe('SESSION_ENDED');
    expect(await codeOf(other)).toBeUndefined();
    const again = await login(fixture.url, { userId: 'all' });
    expect(await codeOf(again)).toBeUndefined();
  });

  it('requires an access token for logout-all', async () => {
    const { status, body } = await post('logout-all', {});
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
  });
});
