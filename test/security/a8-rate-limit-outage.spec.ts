import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CollectingLogger } from '../support/collecting-logger.js';
import { eventually } from '../support/eventually.js';
import { send } from '../support/http-client.js';
import { type OwnRedis, startOwnRedis } from '../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';
import { RateLimitedController } from '../support/apps/rate-limited.controller.js';

const LIMIT = 6;

describe.each(ADAPTERS)('%s: rate limits during an outage of Redis', (adapter) => {
  const logger = new CollectingLogger();
  let redis: OwnRedis;
  let app: TestApp;

  beforeAll(async () => {
    redis = await startOwnRedis();
    app = await startApp({
      adapter,
      controllers: [RateLimitedController],
      options: {
        redis: redis.connection,
        globalGuards: true,
        rateLimit: { limit: LIMIT, windowSeconds: 60 },
      },
      configure: (nest) => nest.useLogger(logger),
    });
  });

  afterAll(async () => {
    await app?.close();
    await redis?.stop();
  });

  const ask = async (): Promise<number> => (await send(`${app.url}/limited/open`)).status;
  const said = (what: string): string[] => logger.lines.filter((line) => line.includes(what));

  it('16.5.2 each process counts separately, logs that once, and uses Redis again after the outage', async () => {
    expect([await ask(), await ask()]).toEqual([200, 200]);
    await redis.kill();
    // The quota of the process is new, and equally strict.
    expect([await ask(), await ask(), await ask(), await ask(), await ask()]).toEqual([
      200, 200, 200, 429, 429,
    ]);
    expect(said('counted in each process')).toHaveLength(1);
    // A session cannot be checked, so its client gets 503 with Retry-After.
    const cookie = `__Host-session=abc.${'A'.repeat(43)}`;
    const guarded = await send(`${app.url}/limited/five`, { headers: { cookie } });
    expect([guarded.status, guarded.body['code']]).toEqual([503, 'STORE_UNAVAILABLE']);
    // Nor can it be when cookies of its network have spent their quota: it may have a quota of its own.
    const csrf = async (headers: Record<string, string>): Promise<number> =>
      (await send(`${app.url}/auth/csrf-token`, { headers })).status;
    for (let i = 0; i < LIMIT; i++) {
      expect([await csrf({ cookie }), await csrf({})]).toEqual([200, 200]);
    }
    expect([await csrf({ cookie }), await csrf({})]).toEqual([503, 429]);

    await redis.start();
    await eventually(ask, (status) => status === 200);
    expect(said('counted for all nodes again')).toHaveLength(1);
    const [key] = await redis.client().keys('sk:rl:*');
    expect(key).toContain('RateLimitedController.open');
    expect(said('counted in each process')).toHaveLength(1);
  });
});
