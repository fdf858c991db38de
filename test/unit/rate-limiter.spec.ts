import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RateLimit, type RateLimitOptions } from 'nestjs-session-kit';
import { RateLimiter, type RateLimitPolicy } from '../../lib/rate-limit/rate-limiter.js';
import { RedisWindowCounts } from '../../lib/stores/redis/redis-window-counts.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';

const POLICY: RateLimitPolicy = { name: 'test', limit: 3, windowSeconds: 60 };
const PREFIX = 'sk-limiter:';

let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startOwnRedis();
  client = redis.client();
});

afterAll(() => redis.stop());

const inRedis = () => new RateLimiter(new RedisWindowCounts(client), PREFIX);

/** One limiter of each kind; in Redis, keys are told apart by the name of the test. */
const KINDS = [
  { kind: 'in memory', make: () => new RateLimiter(undefined, PREFIX) },
  { kind: 'in Redis', make: inRedis },
];

describe.each(KINDS)('a rate limiter $kind', ({ kind, make }) => {
  it('lets as many requests through as the policy says, and says what is left', async () => {
    const limiter = make();
    const states = [];
    for (let i = 0; i < 5; i++) states.push(await limiter.consume(POLICY, `some ${kind}`));
    expect(states.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ]);
    for (const { resetMs } of states) {
      expect(resetMs).toBeGreaterThan(0);
      expect(resetMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('counts requests at once one by one', async () => {
    const limiter = make();
    const states = await Promise.all(
      Array.from({ length: 50 }, () => limiter.consume(POLICY, `at once ${kind}`)),
    );
    expect(states.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it('has a budget for each key and each policy', async () => {
    const limiter = make();
    const other = { ...POLICY, name: 'other' };
    for (let i = 0; i < 4; i++) await limiter.consume(POLICY, `a ${kind}`);
    expect(await limiter.consume(POLICY, `a ${kind}`)).toMatchObject({ allowed: false });
    expect(await limiter.consume(POLICY, `b ${kind}`)).toMatchObject({ remaining: 2 });
    expect(await limiter.consume(other, `a ${kind}`)).toMatchObject({ remaining: 2 });
  });

  it('tells policies of one name apart by their numbers', async () => {
    const limiter = make();
    await limiter.consume(POLICY, `numbers ${kind}`);
    for (const other of [
      { ...POLICY, limit: 10 },
      { ...POLICY, windowSeconds: 30 },
    ]) {
      const state = await limiter.consume(other, `numbers ${kind}`);
      expect(state.remaining).toBe(other.limit - 1);
      expect(state.resetMs).toBeLessThanOrEqual(other.windowSeconds * 1000);
    }
  });

  it('keeps the longest window that an app may ask for', async () => {
    const limiter = make();
    const policy = { name: `long ${kind}`, limit: 1, windowSeconds: 2_147_483 };
    expect(await limiter.consume(policy, 'key')).toMatchObject({ allowed: true });
    // A timer that overflows runs at once.
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await limiter.consume(policy, 'key')).toMatchObject({ allowed: false });
  });
});

describe('a rate limiter in Redis', () => {
  it('shares the count with other processes', async () => {
    const [one, two] = [inRedis(), inRedis()];
    await one.consume(POLICY, 'shared');
    expect(await two.consume(POLICY, 'shared')).toMatchObject({ remaining: 1 });
  });

  it('leaves nothing behind when the window is over', async () => {
    const limiter = inRedis();
    const { resetMs } = await limiter.consume({ ...POLICY, name: 'ttl' }, 'key');
    const [key] = await client.keys(`${PREFIX}*ttl*`);
    const ttlMs = await client.pttl(key as string);
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(resetMs);
  });
});

describe('@RateLimit()', () => {
  it.each<[RateLimitOptions, string]>([
    [{ limit: 0 }, '@RateLimit.limit must be a whole number of requests'],
    [{ limit: -1 }, '@RateLimit.limit'],
    [{ limit: 1.5 }, '@RateLimit.limit'],
    [{ limit: Number.NaN }, '@RateLimit.limit'],
    [{ windowSeconds: 0 }, '@RateLimit.windowSeconds must be a whole number of seconds'],
    [{ windowSeconds: 31_536_000 }, '@RateLimit.windowSeconds'],
    [{ limit: 5, max: 5 } as RateLimitOptions, '@RateLimit.max is no option'],
  ])('refuses %j where it is written', (options, message) => {
    expect(() => RateLimit(options)).toThrow(TypeError);
    expect(() => RateLimit(options)).toThrow(message);
  });

  it.each([undefined, {}, { limit: 5 }, { windowSeconds: 1 }])('takes %j', (options) => {
    expect(RateLimit(options)).toBeInstanceOf(Function);
  });
});
