import assert from 'node:assert/strict';
import type { TokenPair } from 'nestjs-session-kit';
import { type Answer, assertRefused, Client } from './client.js';
import { describe, it } from './runner.js';

/** The steps of a client that keeps tokens; each step continues from the last one. */
export function bearerJourney(url: () => string): void {
  describe('with tokens', () => {
    let tokens: TokenPair;
    const get = (path: string): Promise<Answer> =>
      new Client(url()).get(path, { token: tokens.accessToken });
    const post = (path: string): Promise<Answer> =>
      new Client(url()).post(path, { token: tokens.accessToken });
    const logIn = async (): Promise<void> => {
      const { status, body } = await new Client(url()).post('token');
      assert.equal(status, 200);
      tokens = body as unknown as TokenPair;
    };
    const assertEnded = async (): Promise<void> => {
      for (const path of ['me', 'passport']) assertRefused(await get(path), [401, 'SESSION_ENDED']);
    };

    it('refuses an anonymous request', async () => {
      assertRefused(await new Client(url()).get('me'), [401, 'TOKEN_MISSING']);
    });

    it('answers a login with a token pair', async () => {
      await logIn();
      assert.equal(tokens.tokenType, 'Bearer');
    });

    it('returns the user', async () => {
      const { body } = await get('me');
      assert.deepEqual(body, { id: 'ada', role: 'user', same: true });
    });

    it('stores data in the session', async () => {
      await post('visits');
      assert.deepEqual((await post('visits')).body, { visits: 2 });
    });

    it('refuses another role', async () => {
      assertRefused(await get('admin'), [403, 'ROLE_REQUIRED']);
    });

    it("accepts only the token by AuthGuard('jwt')", async () => {
      assert.deepEqual((await get('passport')).body, { id: 'ada', role: 'user' });
      const token = `${tokens.accessToken}x`;
      assertRefused(await new Client(url()).get('passport', { token }), [401, 'TOKEN_INVALID']);
    });

    it('refreshes, and ends the session when the replaced token is reused', async () => {
      const replaced = tokens.refreshToken;
      const { status, body } = await refresh(url(), replaced);
      assert.equal(status, 200);
      tokens = body as unknown as TokenPair;
      assert.equal((await get('me')).status, 200);

      assertRefused(await refresh(url(), replaced), [401, 'REFRESH_REUSED']);
      assertRefused(await refresh(url(), tokens.refreshToken), [401, 'SESSION_ENDED']);
      await assertEnded();
    });

    it('logs out', async () => {
      await logIn();
      assert.equal((await post('auth/logout')).status, 200);
      assertRefused(await refresh(url(), tokens.refreshToken), [401, 'SESSION_ENDED']);
      await assertEnded();
    });
  });
}

function refresh(url: string, refreshToken: string): Promise<Answer> {
  return new Client(url).post('auth/refresh', { body: { refreshToken } });
}
