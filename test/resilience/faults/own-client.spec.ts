import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';
import { eventually } from '../../support/eventually.js';
import { send } from '../../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';

/** With the defaults of ioredis a command to an unavailable Redis waits for a minute or more. */
describe.each(ADAPTERS)(
  '%s: a client of the application with the defaults of ioredis',
  (adapter) => {
    let redis: OwnRedis;
    let client: Redis;
    let app: TestApp;

    beforeEach(async () => {
      redis = await startOwnRedis();
      client = new Redis(redis.url).on('error', () => undefined);
      app = await startApp({
        adapter,
        controllers: [ApiAppController],
        options: { redis: { client }, revocation: { check: 'none' } },
      });
    });

    afterEach(async () => {
      await app.close();
      client.disconnect();
      await redis.stop();
    });

    it('is used', async () => {
      const { handle } = await login(app.url, { userId: 'u1' });
      const keys = await redis.client().keys('sk:*');
      expect(keys.filter((key) => key.endsWith(handle))).toHaveLength(1);
      const clients = String(await redis.client().client('LIST'));
      // The client, and the two that inspect Redis here.
      expect(clients.trim().split('\n')).toHaveLength(3);
    });

    it('is not closed with the application', async () => {
      await app.close();
      expect(client.status).toBe('ready');
      expect(await client.ping()).toBe('PONG');
    });

    it.each([
      ['killed', () => redis.kill(), () => redis.start()],
      ['hung', async () => redis.signal('SIGSTOP'), async () => redis.signal('SIGCONT')],
    ])(
      'has deadlines: while Redis is %s the answer is 503, and afterwards it works',
      async (_name, lose, restore) => {
        const { accessToken: token } = await login(app.url, { userId: 'u1' });
        await lose();
        const startedAt = performance.now();
        // check "none": no guard has read before, the read of the handler itself fails.
        const { status, body, headers } = await send(`${app.url}/api/session`, { token });
        expect([status, body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
        expect(headers.get('retry-after')).toBe('1');
        expect(performance.now() - startedAt).toBeLessThan(5000);
        expect((await send(`${app.url}/api/user`, { token })).status).toBe(200);
        await restore();
        await eventually(
          () => send(`${app.url}/api/login`, { method: 'POST', json: { userId: 'u2' } }),
          (answer) => answer.status === 200,
        );
      },
    );
  },
);
