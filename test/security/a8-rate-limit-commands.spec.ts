import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { commandsDuring, namesOf } from '../support/redis/commands-during.js';
import { send } from '../support/http-client.js';
import { startOwnRedis } from '../support/redis/redis-server.js';
import { ADAPTERS, startApp } from '../support/test-app.js';
import { RateLimitedController } from '../support/apps/rate-limited.controller.js';

describe.each(ADAPTERS)('%s: the cost of a rate limit', (adapter) => {
  it('is one command in addition to the read of the session', async () => {
    const keyPrefix = `sk-${randomUUID()}:`;
    const redis = await startOwnRedis();
    const app = await startApp({
      adapter,
      controllers: [RateLimitedController],
      options: { redis: redis.connection, keyPrefix, globalGuards: true },
    });
    try {
      const { secret } = await app
        .get(SessionService)
        .create({ transport: 'cookie', userId: 'ada' });
      const ask = () =>
        send(`${app.url}/limited/five`, { headers: { cookie: `__Host-session=${secret}` } });
      // The first request loads the script into the server.
      await ask();
      const commands = await commandsDuring(redis.client(), async () => {
        expect((await ask()).status).toBe(200);
      });
      const ours = commands.filter((args) => args.join(' ').includes(keyPrefix));
      expect(namesOf(ours)).toEqual(['mget', 'evalsha']);
    } finally {
      await app.close();
      await redis.stop();
    }
  });
});
