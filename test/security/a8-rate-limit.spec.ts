import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { SessionService, TokenService } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { Browser } from '../support/browser-client.js';
import { type Answer, send } from '../support/http-client.js';
import { startRedis, type TestRedis } from '../support/redis/redis-server.js';
import { ADAPTERS, startApp, type TestApp } from '../support/test-app.js';
import { RateLimitedController } from '../support/apps/rate-limited.controller.js';
import { lengthenTimeouts } from '../support/lengthen-timeouts.js';

lengthenTimeouts();

const FIVE = '/limited/five';
const LIMITED = {
  statusCode: 429,
  error: 'Too Many Requests',
  message: 'Too many requests',
  code: 'RATE_LIMITED',
};

const remaining = ({ headers }: { headers: Headers }): number =>
  Number(/;r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
const randomOf = (i: number): string => `${i}`.padStart(42, 'A');

describe.each(ADAPTERS)('%s: rate limits over two instances on one Redis', (adapter) => {
  const keyPrefix = `sk-${randomUUID()}:`;
  let redis: TestRedis;
  let client: Redis;
  let apps: readonly [TestApp, TestApp];
  let sessions: SessionService;
  let tokens: TokenService;

  beforeAll(async () => {
    redis = await startRedis();
    client = redis.client();
    const options = {
      redis: redis.connection,
      keyPrefix,
      globalGuards: true,
      csrf: { require: 'origin' },
    } as const;
    const clock = new FakeClock();
    const start = () => startApp({ adapter, clock, controllers: [RateLimitedController], options });
    apps = [await start(), await start()];
    sessions = apps[0].get(SessionService);
    tokens = apps[0].get(TokenService);
  });

  afterAll(async () => {
    await Promise.all((apps ?? []).map((app) => app.close()));
    await redis?.stop();
  });

  const url = (i = 0): string => apps[i % 2 ? 1 : 0].url;
  const newCookie = async (userId = 'ada'): Promise<string> =>
    `__Host-session=${(await sessions.create({ transport: 'cookie', userId })).secret}`;
  const get = (path: string, cookie?: string, i = 0): Promise<Answer> =>
    send(url(i) + path, { headers: cookie === undefined ? {} : { cookie } });
  const pairOf = async (userId = 'ada') =>
    (await sessions.create({ transport: 'bearer', userId })).tokens;
  const refresh = (refreshToken: string) =>
    send<{ refreshToken: string }>(`${url()}/auth/refresh`, {
      method: 'POST',
      json: { refreshToken },
    });
  const limiterKeys = (): Promise<string[]> => client.keys(`${keyPrefix}rl:*`);

  it('2.4.1 of 100 requests at once on both, exactly 5 are admitted, and another session is unaffected', async () => {
    const [mine, other] = [await newCookie(), await newCookie()];
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => get(FIVE, mine, i)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(95);
    for (const { body, headers } of refused) {
      expect(body).toEqual(LIMITED);
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    }
    expect(remaining(await get(FIVE, other, 1))).toBe(4);
  });

  it('2.4.1 a new id of the session does not reset its quota', async () => {
    const browser = new Browser(apps[0].url);
    await browser.post('/limited/login', { json: {} });
    expect(remaining(await browser.get(FIVE))).toBe(4);
    const before = await browser.cookie('__Host-session');
    expect((await browser.post('/limited/confirm')).status).toBe(200);
    expect(await browser.cookie('__Host-session')).not.toBe(before);
    expect(remaining(await browser.get(FIVE))).toBe(3);
  });

  it('2.4.1 new tokens of the session do not reset its quota', async () => {
    let pair = await pairOf();
    for (const left of [4, 3, 2]) {
      const answer = await send(url() + FIVE, { token: pair.accessToken });
      expect(remaining(answer)).toBe(left);
      pair = await tokens.refresh(pair.refreshToken);
    }
  });

  it('2.4.1 a refresh is counted by its session, with any of its tokens', async () => {
    const first = await refresh((await pairOf()).refreshToken);
    const second = await refresh(first.body.refreshToken);
    expect([remaining(first), remaining(second)]).toEqual([99, 98]);
    expect(remaining(await refresh((await pairOf()).refreshToken))).toBe(99);
  });

  it('2.4.1 1000 forged ids and tokens use the quota of no session, and create one key', async () => {
    const mine = await newCookie('victim');
    const { accessToken } = await pairOf('victim');
    expect(remaining(await get(FIVE, mine))).toBe(4);
    const tag = mine.slice('__Host-session='.length).slice(0, 4);
    const before = await limiterKeys();
    for (let batch = 0; batch < 10; batch++) {
      await Promise.all(
        Array.from({ length: 100 }, (_, i) => {
          const id = randomOf(batch * 100 + i);
          return i % 2
            ? get(FIVE, `__Host-session=${tag}${id}A`, i)
            : send(url(i) + FIVE, { token: `${accessToken.slice(0, -43)}${id}A` });
        }),
      );
    }
    const made = (await limiterKeys()).filter((key) => !before.includes(key));
    expect(made.length).toBeLessThanOrEqual(1);
    expect(remaining(await get(FIVE, mine))).toBe(3);
    expect(remaining(await send(url() + FIVE, { token: accessToken }))).toBe(4);
    // The network of their sender had a quota, and it is used up.
    expect((await get(FIVE)).status).toBe(429);
  });

  it('each route with a limit of its own has a separate quota, and the others share one', async () => {
    const mine = await newCookie();
    expect(remaining(await get(FIVE, mine))).toBe(4);
    expect(remaining(await get('/limited/two', mine))).toBe(1);
    expect(remaining(await get('/limited/shared', mine))).toBe(99);
    expect(remaining(await get('/auth/sessions', mine))).toBe(98);
    expect(remaining(await get(FIVE, mine))).toBe(3);
  });

  it('a route without @RateLimit() is not limited while no limit is configured', async () => {
    const { status, headers } = await get('/limited/plain', await newCookie());
    expect([status, headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([
      200,
      null,
      null,
    ]);
  });

  it('two guards of one request count it once', async () => {
    const mine = await newCookie();
    expect(remaining(await get('/limited/twice', mine))).toBe(1);
    expect(remaining(await get('/limited/twice', mine))).toBe(0);
    expect((await get('/limited/twice', mine)).status).toBe(429);
  });

  it('6.1.1 a session does not provide a second quota for the login', async () => {
    await client.del(...(await client.keys(`${keyPrefix}rl:*login*`)));
    const { refreshToken } = await pairOf('mallory');
    const cookie = await newCookie('mallory');
    const statuses = [];
    for (const json of [{}, { refreshToken }, {}, { refreshToken }]) {
      const headers = { cookie, 'sec-fetch-site': 'same-origin' };
      statuses.push(
        (await send(`${url()}/limited/login`, { method: 'POST', json, headers })).status,
      );
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
  });
});
