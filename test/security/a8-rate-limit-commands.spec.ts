import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { SessionService } from 'nestjs-session-kit';
import { send } from '../support/http-client.js';
import { startOwnRedis } from '../support/redis-server.js';
import { ADAPTERS, startApp } from '../support/test-app.js';
import { LimitedController } from './limited.controller.js';

describe.each(ADAPTERS)('%s: what a rate limit costs', (adapter) => {
  it('is one command beside the read of the session', async () => {
    const keyPrefix = `sk-${randomUUID()}:`;
    const redis = await startOwnRedis();
    const app = await startApp({
      adapter,
      controllers: [LimitedController],
      options: { redis: redis.connection, keyPrefix, globalGuards: true },
    });
    try {
      const { secret } = await app.get(SessionService).create({ userId: 'ada' });
      const ask = () =>
        send(`${app.url}/limited/five`, { headers: { cookie: `__Host-session=${secret}` } });
      // The first request teaches the server the script.
      await ask();
      const client = redis.client();
      const monitor = await client.monitor();
      const commands: string[][] = [];
      const end = `${keyPrefix}end`;
      const seen = new Promise<void>((resolve) => {
        monitor.on('monitor', (_time: string, args: string[], source: string) => {
          if (args[1] === end) resolve();
          else if (source !== 'lua') commands.push(args);
        });
      });
      expect((await ask()).status).toBe(200);
      await client.get(end);
      await seen;
      monitor.disconnect();
      const ours = commands.filter((args) => args.join(' ').includes(keyPrefix));
      expect(ours.map(([name]) => name?.toLowerCase())).toEqual(['mget', 'evalsha']);
    } finally {
      await app.close();
      await redis.stop();
    }
  });
});
