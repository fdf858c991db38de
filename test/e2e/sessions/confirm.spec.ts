import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

interface Confirmed {
  readonly session: { handle: string; authenticatedAt: string; createdAt: string; data: object };
  readonly tokens: TokenPair;
  /** The handle of the session of the request afterwards. */
  readonly current: string;
}

describe.each(MATRIX)('$adapter with $store: confirm', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const confirm = (token?: string) =>
    send<Confirmed>(`${fixture.url}/api/confirm`, { method: 'POST', token });
  const codeOf = async (token: string): Promise<unknown> =>
    (await send(`${fixture.url}/api/user`, { token })).body['code'];

  it('7.2.4 renews the handle, tokens and authenticatedAt, keeps the rest and invalidates the old ones', async () => {
    const data = { cart: ['book'] };
    const claims = { role: 'editor' };
    const old = await login(fixture.url, { userId: 'u1', claims, data });
    const openedMs = fixture.clock.nowMs();
    fixture.clock.advance(600_000);

    const { status, body, headers } = await confirm(old.accessToken);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    const { session, tokens, current } = body;
    expect(session.handle).not.toBe(old.handle);
    expect(current).toBe(session.handle);
    expect(session).toMatchObject({
      user: { id: 'u1', role: 'editor' },
      data,
      createdAt: new Date(openedMs).toISOString(),
      authenticatedAt: new Date(openedMs + 600_000).toISOString(),
    });
    expect(await fixture.tokens.verifyAccess(tokens.accessToken)).toMatchObject({
      sid: session.handle,
      role: 'editor',
      auth_time: Math.floor((openedMs + 600_000) / 1000),
    });

    expect(await codeOf(old.accessToken)).toBe('SESSION_ENDED');
    const refreshed = await send(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken: old.refreshToken },
    });
    expect(refreshed.body).toMatchObject({ statusCode: 401, code: 'SESSION_ENDED' });
    expect(await fixture.sessions.find(old.handle)).toBeNull();
    const handles = (await fixture.sessions.list('u1')).map(({ handle }) => handle);
    expect(handles).toEqual([session.handle]);
  });

  it('7.5.3 keeps authenticatedAt through a refresh', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'u2' });
    const openedMs = fixture.clock.nowMs();
    fixture.clock.advance(600_000);
    const tokens = await fixture.tokens.refresh(refreshToken);
    expect(await fixture.tokens.verifyAccess(tokens.accessToken)).toMatchObject({
      auth_time: Math.floor(openedMs / 1000),
    });
    const confirmed = (await confirm(tokens.accessToken)).body.tokens;
    const again = await fixture.tokens.refresh(confirmed.refreshToken);
    expect(await fixture.tokens.verifyAccess(again.accessToken)).toMatchObject({
      auth_time: Math.floor((openedMs + 600_000) / 1000),
    });
  });

  it('leaves one session after two concurrent confirmations', async () => {
    const { accessToken } = await login(fixture.url, { userId: 'u3' });
    const answers = await Promise.all([confirm(accessToken), confirm(accessToken)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect(await fixture.sessions.list('u3')).toHaveLength(1);
  });

  it('refuses a request without a token with 401', async () => {
    const { status, body, headers } = await confirm();
    expect(status).toBe(401);
    expect(body).toMatchObject({ code: 'TOKEN_MISSING' });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });
});
