import assert from 'node:assert/strict';
import type { TokenPair } from 'nestjs-session-kit';

type Step = <T>(what: string, run: () => Promise<T>) => Promise<T>;

interface Answer {
  readonly status: number;
  readonly caughtBy: string | null;
  readonly body: Record<string, unknown>;
}

/** The way of a client: log in, call guarded routes, refresh, log out. */
export async function checkJourney(url: string, step: Step): Promise<void> {
  const call = caller(url);
  let tokens: TokenPair;

  await step('SessionGuard refuses a stranger with a SessionError', async () => {
    const answer = await call('GET', 'me');
    assert.equal(answer.status, 401);
    assert.equal(answer.body['code'], 'TOKEN_MISSING');
    assert.equal(answer.caughtBy, 'SessionErrorFilter');
  });
  await step('login answers a token pair', async () => {
    const { status, body } = await call('POST', 'login');
    assert.equal(status, 201);
    tokens = body as unknown as TokenPair;
    assert.equal(tokens.tokenType, 'Bearer');
  });
  await step('the guarded route knows the user', async () => {
    const { body } = await call('GET', 'me', tokens.accessToken);
    assert.deepEqual(body, { id: 'ada', role: 'user', same: true });
  });
  await step('@CurrentSession() and update() work', async () => {
    await call('POST', 'visits', tokens.accessToken);
    const { body } = await call('POST', 'visits', tokens.accessToken);
    assert.deepEqual(body, { visits: 2 });
  });
  await step('RolesGuard refuses another role', async () => {
    const { status, body } = await call('GET', 'admin', tokens.accessToken);
    assert.deepEqual([status, body['code']], [403, 'ROLE_REQUIRED']);
  });
  await step("AuthGuard('jwt') accepts the token and refuses another", async () => {
    const { body } = await call('GET', 'passport', tokens.accessToken);
    assert.deepEqual(body, { id: 'ada', role: 'user' });
    const refused = await call('GET', 'passport', `${tokens.accessToken}x`);
    assert.deepEqual([refused.status, refused.body['code']], [401, 'TOKEN_INVALID']);
  });
  await step('refresh brings a new pair that works', async () => {
    const { refreshToken } = tokens;
    const { status, body } = await call('POST', 'auth/refresh', undefined, { refreshToken });
    assert.equal(status, 200);
    tokens = body as unknown as TokenPair;
    assert.notEqual(tokens.refreshToken, refreshToken);
    assert.equal((await call('GET', 'me', tokens.accessToken)).status, 200);
  });
  await step('logout ends the session for guard, passport and refresh', async () => {
    assert.equal((await call('POST', 'auth/logout', tokens.accessToken)).status, 200);
    const { refreshToken } = tokens;
    const answers = [
      await call('GET', 'me', tokens.accessToken),
      await call('GET', 'passport', tokens.accessToken),
      await call('POST', 'auth/refresh', undefined, { refreshToken }),
    ];
    for (const { status, body } of answers) {
      assert.deepEqual([status, body['code']], [401, 'SESSION_ENDED']);
    }
  });
}

function caller(url: string) {
  return async (method: string, path: string, token?: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}/${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      caughtBy: response.headers.get('x-caught-by'),
      body: (await response.json()) as Record<string, unknown>,
    };
  };
}
