import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { BrowserAppController } from '../../support/apps/browser-app.controller.js';
import { Browser } from '../../support/browser-client.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';
import { runCli } from '../../support/shell.js';

const KEY_PREFIX = `sk-${randomUUID()}:`;

let redis: TestRedis;
let app: TestApp;

beforeAll(async () => {
  redis = await startRedis();
  const secret = randomBytes(32);
  app = await startApp({
    controllers: [BrowserAppController],
    options: { secret, redis: redis.connection, keyPrefix: KEY_PREFIX },
  });
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

const list = async (userId: string): Promise<{ handle: string; transport: string }[]> => {
  const argv = ['list', userId, '--json', '--prefix', KEY_PREFIX];
  return JSON.parse((await runCli(argv, { env: redis.env })).out);
};

describe('a running application', () => {
  it.each(['bearer', 'cookie', 'bearer-cookie'] as const)(
    'lists a session with %s under its transport, also after a step-up',
    async (transport) => {
      const userId = randomUUID();
      const browser = new Browser(app.url);
      const { body } = await browser.act('/login', { json: { userId, transport } });
      const [opened] = await list(userId);
      const token = transport === 'bearer' ? String(body['accessToken']) : undefined;
      const confirmed = await browser.act('/confirm', token === undefined ? {} : { token });
      expect(confirmed.status).toBe(200);
      const [stepped, ...others] = await list(userId);
      expect(others).toEqual([]);
      expect([opened?.transport, stepped?.transport]).toEqual([transport, transport]);
      expect(stepped?.handle).not.toBe(opened?.handle);
    },
  );

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
