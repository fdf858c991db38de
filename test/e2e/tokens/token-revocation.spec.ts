import { describe, expect, it } from '@jest/globals';
import type { TokenPair } from 'nestjs-session-kit';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

describe.each(MATRIX)('$adapter with $store: TokenService.revoke', (entry) => {
  const fixture = useFixture(entry, { controllers: [ApiAppController] });
  const refresh = (refreshToken: string) =>
    send<TokenPair & { code?: string }>(`${fixture.url}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken },
    });
  const answerTo = async (token: string): Promise<unknown[]> => {
    const { status, body } = await send(`${fixture.url}/api/user`, { token });
    return [status, body['code']];
  };

  it('invalidates only the access token, not its session or a later access token', async () => {
    const { accessToken, refreshToken, handle } = await login(fixture.url, { userId: 'u1' });
    await fixture.tokens.revoke(accessToken);
    expect(await answerTo(accessToken)).toEqual([401, 'TOKEN_EXPIRED']);
    expect(await fixture.sessions.find(handle)).not.toBeNull();
    const { body } = await refresh(refreshToken);
    expect(await answerTo(body.accessToken)).toEqual([200, undefined]);
    expect(await answerTo(accessToken)).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('RFC 7009 §2.1 ends the session of a refresh token with its access tokens', async () => {
    const mine = await login(fixture.url, { userId: 'u1' });
    const other = await login(fixture.url, { userId: 'u1' });
    await fixture.tokens.revoke(mine.refreshToken);
    expect(await answerTo(mine.accessToken)).toEqual([401, 'SESSION_ENDED']);
    expect((await refresh(mine.refreshToken)).body.code).toBe('SESSION_ENDED');
    expect(await answerTo(other.accessToken)).toEqual([200, undefined]);
  });

  it.each(['', 'garbage', 'a.b.c', 'x'.repeat(100_000)])(
    'RFC 7009 §2.2 resolves for an invalid token (%#) without a store call',
    async (token) => {
      fixture.calls.length = 0;
      await expect(fixture.tokens.revoke(token)).resolves.toBeUndefined();
      expect(fixture.calls).toEqual([]);
    },
  );

  it('RFC 7009 §2.2 resolves for an expired token and one of an ended session', async () => {
    const ended = await login(fixture.url, { userId: 'u1' });
    await fixture.sessions.revoke(ended.handle);
    await expect(fixture.tokens.revoke(ended.accessToken)).resolves.toBeUndefined();
    await expect(fixture.tokens.revoke(ended.refreshToken)).resolves.toBeUndefined();
    expect(await fixture.sessions.find(ended.handle)).toBeNull();

    const expired = await login(fixture.url, { userId: 'u1' });
    fixture.clock.advance(3_601_000);
    await expect(fixture.tokens.revoke(expired.accessToken)).resolves.toBeUndefined();
    expect(await fixture.sessions.find(expired.handle)).not.toBeNull();
  });

  it('keeps up to 16 denied tokens and ends the session at one more', async () => {
    const first = await login(fixture.url, { userId: 'many' });
    let tokens: TokenPair = first;
    const denied: string[] = [];
    for (let i = 0; i < 16; i++) {
      await fixture.tokens.revoke(tokens.accessToken);
      denied.push(tokens.accessToken);
      tokens = (await refresh(tokens.refreshToken)).body;
    }
    for (const token of denied) expect(await answerTo(token)).toEqual([401, 'TOKEN_EXPIRED']);
    expect(await answerTo(tokens.accessToken)).toEqual([200, undefined]);

    await fixture.tokens.revoke(tokens.accessToken);
    expect(await answerTo(tokens.accessToken)).toEqual([401, 'SESSION_ENDED']);
    expect(await fixture.sessions.find(first.handle)).toBeNull();
  });

  it('removes expired denied tokens to make room', async () => {
    const first = await login(fixture.url, { userId: 'patient' });
    let tokens: TokenPair = first;
    for (let i = 0; i < 34; i++) {
      if (i % 16 === 0) fixture.clock.advance(3_601_000);
      tokens = (await refresh(tokens.refreshToken)).body;
      await fixture.tokens.revoke(tokens.accessToken);
    }
    expect(await fixture.sessions.find(first.handle)).not.toBeNull();
  });

  it('stores a token that is revoked twice only once', async () => {
    const { accessToken, handle } = await login(fixture.url, { userId: 'again' });
    for (let i = 0; i < 20; i++) await fixture.tokens.revoke(accessToken);
    expect(await fixture.sessions.find(handle)).not.toBeNull();
    expect(await answerTo(accessToken)).toEqual([401, 'TOKEN_EXPIRED']);
  });
});
