import { describe, expect, it } from '@jest/globals';
import { Clock, RateLimit, type RateLimitOptions } from 'nestjs-session-kit';
import { RateLimiter, type RateLimitPolicy } from '../../../lib/rate-limit/rate-limiter.js';
import { RedisRateLimitCounter } from '../../../lib/backends/redis/redis-rate-limit-counter.js';
import { commandsDuring, namesOf } from '../../support/redis/commands-during.js';
import { useOwnRedis } from '../../support/redis/use-own-redis.js';

const POLICY: RateLimitPolicy = { name: 'test', limit: 3, windowSeconds: 60 };
const PREFIX = 'sk-limiter:';

const own = useOwnRedis();

const inRedis = () => new RateLimiter(new RedisRateLimitCounter(own.client), PREFIX, new Clock());

/** One limiter of each kind; in Redis, the name of the test distinguishes keys. */
const KINDS = [
  { kind: 'in memory', make: () => new RateLimiter(undefined, PREFIX, new Clock()) },
  { kind: 'in Redis', make: inRedis },
];

describe.each(KINDS)('a rate limiter $kind', ({ kind, make }) => {
  it('admits as many requests as the policy allows, and returns the remaining number', async () => {
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

  it('counts concurrent requests individually', async () => {
    const limiter = make();
    const states = await Promise.all(
      Array.from({ length: 50 }, () => limiter.consume(POLICY, `at once ${kind}`)),
    );
    expect(states.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it('has a quota for each key and each policy', async () => {
    const limiter = make();
    const other = { ...POLICY, name: 'other' };
    for (let i = 0; i < 4; i++) await limiter.consume(POLICY, `a ${kind}`);
    expect(await limiter.consume(POLICY, `a ${kind}`)).toMatchObject({ allowed: false });
    expect(await limiter.consume(POLICY, `b ${kind}`)).toMatchObject({ remaining: 2 });
    expect(await limiter.consume(other, `a ${kind}`)).toMatchObject({ remaining: 2 });
  });

  it('distinguishes policies of one name by their numbers', async () => {
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

  it('keeps the longest window that an application may configure', async () => {
    const limiter = make();
    const policy = { name: `long ${kind}`, limit: 1, windowSeconds: 2_592_000 };
    expect(await limiter.consume(policy, 'key')).toMatchObject({ allowed: true });
    expect(await limiter.consume(policy, 'key')).toMatchObject({ allowed: false });
  });
});

describe('a rate limiter in Redis', () => {
  it('shares the count with other processes', async () => {
    const [one, two] = [inRedis(), inRedis()];
    await one.consume(POLICY, 'shared');
    expect(await two.consume(POLICY, 'shared')).toMatchObject({ remaining: 1 });
  });

  it('counts all keys of one turn of the event loop with one command, each separately', async () => {
    const limiter = inRedis();
    // The first call sends the whole script.
    await limiter.consume(POLICY, 'first');
    let states: unknown;
    const commands = await commandsDuring(own.client, async () => {
      const keys = ['turn ada', 'turn bob', 'turn ada', 'turn ada', 'turn ada'];
      states = await Promise.all(keys.map((key) => limiter.consume(POLICY, key)));
    });
    expect(states).toMatchObject([
      { allowed: true, remaining: 2 },
      { allowed: true, remaining: 2 },
      { allowed: true, remaining: 1 },
      { allowed: true, remaining: 0 },
      { allowed: false, remaining: 0 },
    ]);
    expect(namesOf(commands)).toEqual(['evalsha']);
  });

  it('counts quotas with different windows in one turn, each in its own', async () => {
    const limiter = inRedis();
    const short = { name: 'short', limit: 2, windowSeconds: 30 };
    const policies = [POLICY, short, POLICY];
    const states = await Promise.all(policies.map((one) => limiter.consume(one, 'windows')));
    expect(states.map(({ remaining }) => remaining)).toEqual([2, 1, 1]);
    expect(states.map(({ resetMs }) => Math.ceil(resetMs / 1000))).toEqual([60, 30, 60]);
  });

  it('leaves no key after the end of the window', async () => {
    const limiter = inRedis();
    const { resetMs } = await limiter.consume({ ...POLICY, name: 'ttl' }, 'key');
    const [key] = await own.client.keys(`${PREFIX}*ttl*`);
    const ttlMs = await own.client.pttl(key as string);
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(resetMs);
  });

  it.each([1, 1000])(
    'ends a counter of %i that lost its TTL after one more window',
    async (count) => {
      const limiter = inRedis();
      const policy = { ...POLICY, name: `persist ${count}` };
      await limiter.consume(policy, 'key');
      const [key] = (await own.client.keys(`${PREFIX}*persist ${count}*`)) as [string];
      // Without KEEPTTL: as after a restore, or a manual change.
      await own.client.set(key, count);
      expect(await own.client.pttl(key)).toBe(-1);

      const { resetMs } = await limiter.consume(policy, 'key');
      expect(resetMs).toBe(60_000);
      const ttlMs = await own.client.pttl(key);
      expect(ttlMs).toBeGreaterThan(59_000);
      expect(ttlMs).toBeLessThanOrEqual(60_000);
      // Later requests do not start the window again.
      await own.client.pexpire(key, 20_000);
      const later = await limiter.consume(policy, 'key');
      expect(later.resetMs).toBeLessThanOrEqual(20_000);
    },
  );
});

describe('@RateLimit()', () => {
  it.each<[RateLimitOptions, string]>([
    [{ limit: 0 }, '@RateLimit.limit must be a whole number of requests'],
    [{ limit: -1 }, '@RateLimit.limit'],
    [{ limit: 1.5 }, '@RateLimit.limit'],
    [{ limit: Number.NaN }, '@RateLimit.limit'],
    [{ windowSeconds: 0 }, '@RateLimit.windowSeconds must be a whole number of seconds'],
    [{ windowSeconds: 31_536_000 }, '@RateLimit.windowSeconds'],
    [{ limit: 5, max: 5 } as RateLimitOptions, '@RateLimit.max is an unknown option'],
  ])('refuses %j when the decorator is applied', (options, message) => {
    expect(() => RateLimit(options)).toThrow(TypeError);
    expect(() => RateLimit(options)).toThrow(message);
  });

  it.each([undefined, {}, { limit: 5 }, { windowSeconds: 1 }])('takes %j', (options) => {
    expect(RateLimit(options)).toBeInstanceOf(Function);
  });
});
