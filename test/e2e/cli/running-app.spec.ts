import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { runCli } from '../../support/shell.js';

const KEY_PREFIX = `sk-${randomUUID()}:`;

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await startRedis();
  const secret = randomBytes(32);
  app = await startApp({ options: { secret, redis: redis.connection, keyPrefix: KEY_PREFIX } });
});

afterAll(async () => {
  await app.close();
  await redis.stop();
});

async function login(userId: string): Promise<{ handle: string; status(): Promise<number> }> {
  const { session, tokens } = await app.get(SessionService).create({ transport: 'bearer', userId });
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  return {
    handle: session.handle,
    status: async () => (await fetch(`${app.url}/auth/sessions`, { headers })).status,
  };
}

describe('a running application', () => {
  it.each([
    ['revoke', (handle: string) => ['revoke', handle], 200],
    ['revoke-user', () => ['revoke-user', 'ada', '--yes'], 200],
    ['revoke-everyone', () => ['revoke-everyone', '--yes'], 401],
  ])('refuses the session in the next request after %s', async (_, argv, others) => {
    const ada = await login('ada');
    const bob = await login('bob');
    expect([await ada.status(), await bob.status()]).toEqual([200, 200]);

    const { exitCode } = await runCli([...argv(ada.handle), '--prefix', KEY_PREFIX], {
      env: redis.env,
    });

    expect(exitCode).toBe(0);
    expect([await ada.status(), await bob.status()]).toEqual([401, others]);
  });
});
