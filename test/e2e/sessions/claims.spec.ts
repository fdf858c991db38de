import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { eventually } from '../../support/eventually.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

describe.each(MATRIX)('$adapter with $store: claims', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const refresh = (refreshToken: string) =>
    send<TokenPair>(`${fixture.url}/auth/refresh`, { method: 'POST', json: { refreshToken } });
  const user = (token: string) => send(`${fixture.url}/api/user`, { token });

  it('keeps email, role and further claims in the access token through several refreshes', async () => {
    const claims = { email: 'u1@example.com', role: 'editor', tenant: { id: 7, plan: 'pro' } };
    let tokens: TokenPair = await login(fixture.url, { userId: 'u1', claims });
    for (let i = 0; i < 5; i++) {
      fixture.clock.advance(60_000);
      tokens = (await refresh(tokens.refreshToken)).body;
      expect((await user(tokens.accessToken)).body['user']).toEqual({ id: 'u1', ...claims });
      expect(await fixture.tokens.verifyAccess(tokens.accessToken)).toMatchObject({
        sub: 'u1',
        type: 'access',
        ...claims,
      });
    }
  });

  it('8.3.2 refuses old access tokens after updateClaims, and issues the new claims at the next refresh', async () => {
    const one = await login(fixture.url, { userId: 'changed', claims: { role: 'admin' } });
    const two = await login(fixture.url, { userId: 'changed', claims: { role: 'admin' } });
    const other = await login(fixture.url, { userId: 'unchanged', claims: { role: 'admin' } });
    expect(await fixture.sessions.updateClaims('changed', { role: 'user' })).toBe(2);
    for (const { accessToken, refreshToken } of [one, two]) {
      const old = await user(accessToken);
      expect([old.status, old.body['code']]).toEqual([401, 'TOKEN_EXPIRED']);
      const renewed = await refresh(refreshToken);
      expect(renewed.status).toBe(200);
      const fresh = await user(renewed.body.accessToken);
      expect(fresh.body['user']).toEqual({ id: 'changed', role: 'user' });
    }
    expect((await user(other.accessToken)).status).toBe(200);
  });

  it('throws a TypeError for updateClaims without claims and keeps the old ones', async () => {
    const { handle } = await login(fixture.url, { userId: 'kept', claims: { role: 'user' } });
    await expect(fixture.sessions.updateClaims('kept', undefined as never)).rejects.toThrow(
      TypeError,
    );
    expect((await fixture.sessions.find(handle))?.user).toEqual({ id: 'kept', role: 'user' });
  });

  it('returns the number of sessions from updateClaims', async () => {
    expect(await fixture.sessions.updateClaims('unknown', { role: 'user' })).toBe(0);
  });

  it.each(['sub', 'exp', 'type', 'id', '__proto__'])(
    'refuses a claim named %s at login and creates no session',
    async (name) => {
      const claims: unknown = JSON.parse(`{"${name}":"x"}`);
      await expect(
        fixture.sessions.create({
          transport: 'cookie',
          userId: 'refused',
          claims: claims as object,
        }),
      ).rejects.toThrow(name);
      expect(await fixture.sessions.list('refused')).toEqual([]);
    },
  );
});

describe.each(MATRIX)('$adapter with $store: claimsFor', (entry) => {
  const directory = new Map<string, object | null | undefined | Error>();
  const fixture = useFixture(entry, {
    controllers: [ApiAppController],
    options: {
      claimsFor: async (userId) => {
        const found = directory.get(userId);
        if (found instanceof Error) throw found;
        return directory.has(userId) ? found : {};
      },
    },
  });
  const refresh = (refreshToken: string) =>
    send<TokenPair & { code?: string }>(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken },
    });

  it('supplies the claims at a refresh', async () => {
    const { refreshToken } = await login(fixture.url, {
      userId: 'promoted',
      claims: { role: 'a' },
    });
    directory.set('promoted', { role: 'b' });
    const { body } = await refresh(refreshToken);
    const { body: me } = await send(`${fixture.url}/api/user`, { token: body.accessToken });
    expect(me['user']).toEqual({ id: 'promoted', role: 'b' });
  });

  it.each([null, undefined])(
    '7.4.2 ends the session of a removed user if it returns %s at a refresh',
    async (none) => {
      const { accessToken, refreshToken, handle } = await login(fixture.url, {
        userId: `not-${none}`,
      });
      directory.set(`not-${none}`, none);
      const { status, body } = await refresh(refreshToken);
      expect([status, body.code]).toEqual([401, 'SESSION_ENDED']);
      expect(await fixture.sessions.find(handle)).toBeNull();
      expect((await send(`${fixture.url}/api/user`, { token: accessToken })).status).toBe(401);
    },
  );

  it.each([null, undefined])('7.4.2 ends the session if it returns %s at a touch', async (none) => {
    const userId = `touched-${none}`;
    const { session, secret } = await fixture.sessions.create({
      transport: 'cookie',
      userId,
      claims: { role: 'admin' },
    });
    directory.set(userId, none);
    fixture.clock.advance(60_000);
    await fixture.sessions.resolve(secret);
    await eventually(
      () => fixture.sessions.find(session.handle),
      (found) => found === null,
    );
    expect(await fixture.sessions.list(userId)).toEqual([]);
  });

  it('causes 503 and no rotation if it throws', async () => {
    const { refreshToken } = await login(fixture.url, { userId: 'unlucky' });
    directory.set('unlucky', new Error('the directory is unavailable'));
    const { status, body, headers } = await refresh(refreshToken);
    expect([status, body.code]).toEqual([503, 'STORE_UNAVAILABLE']);
    expect(headers.get('retry-after')).toBe('1');
    directory.delete('unlucky');
    fixture.clock.advance(60_000);
    expect((await refresh(refreshToken)).status).toBe(200);
  });
});

describe('claimsFor without a promise, as JavaScript allows', () => {
  let answer: () => object | null | undefined;
  const fixture = useFixture(MATRIX[0]!, {
    controllers: [ApiAppController],
    options: { claimsFor: (() => answer()) as never },
  });
  const refreshed = async (userId = 'ada') => {
    const { refreshToken } = await login(fixture.url, { userId });
    const { status, body } = await send<TokenPair>(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken },
    });
    return { status, token: body.accessToken };
  };

  it('supplies the claims', async () => {
    answer = () => ({ role: 'b' });
    const { token } = await refreshed();
    const { body } = await send(`${fixture.url}/api/user`, { token });
    expect(body['user']).toEqual({ id: 'ada', role: 'b' });
  });

  it.each([null, undefined])('7.4.2 ends the session if it returns %s', async (none) => {
    answer = () => none;
    expect((await refreshed(`not-${none}`)).status).toBe(401);
    expect(await fixture.sessions.list(`not-${none}`)).toEqual([]);
  });

  it('causes 503 if it throws', async () => {
    answer = () => {
      throw new Error('the directory is unavailable');
    };
    expect((await refreshed()).status).toBe(503);
  });
});
