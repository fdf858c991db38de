import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Clock } from '../../lib/core/clock.js';
import { RateLimiter } from '../../lib/rate-limit/rate-limiter.js';
import { newHandle } from '../../lib/sessions/handle.js';
import { RedisWindowCounts } from '../../lib/stores/redis/redis-window-counts.js';
import { RedisSessionStore } from '../../lib/stores/redis/redis-session-store.js';
import { sampleRecord } from '../../lib/testing/contract/sample-record.js';
import { type OwnRedis, startOwnRedis } from '../support/redis-server.js';

const PREFIX = 'sk-gather:';
const TEN = { name: 'ten', limit: 10, windowSeconds: 60 };
const TWO = { name: 'two', limit: 2, windowSeconds: 30 };

let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startOwnRedis();
  client = redis.client();
});

afterAll(() => redis.stop());

/** Names of the commands that Redis gets during `work`, without those inside scripts. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const monitor = await client.monitor();
  const seen: string[] = [];
  const end = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [command]: string[], source: string) => {
      if (source === 'lua') return;
      if (command === 'echo') resolve();
      else seen.push(command!.toLowerCase());
    });
  });
  try {
    await work();
    await client.echo('end');
    await end;
  } finally {
    monitor.disconnect();
  }
  return seen;
}

describe('in one turn of the event loop', () => {
  it('sessions are read with one command, each by its own key', async () => {
    const clock = new Clock();
    const store = new RedisSessionStore({ client }, PREFIX, clock);
    const records = ['ada', 'bob', 'cid'].map((userId) => sampleRecord(clock.nowMs(), { userId }));
    for (const record of records) await store.create(record, { max: 5, onMax: 'reject' });
    const handles = [...records.map(({ handle }) => handle), newHandle('dan')];
    let found: unknown;
    const commands = await commandsDuring(async () => {
      found = await Promise.all(handles.map((handle) => store.read(handle)));
    });
    expect(found).toEqual([...records, null]);
    expect(commands).toEqual(['mget']);
  });

  describe('rate limits', () => {
    let limiter: RateLimiter;

    beforeEach(async () => {
      limiter = new RateLimiter(new RedisWindowCounts(client), PREFIX);
      // Scripts are sent whole the first time.
      for (const policy of [TEN, TWO]) await limiter.consume(policy, 'first');
    });

    afterEach(() => client.flushall());

    it('of one budget are one command, each counted by its own key', async () => {
      let states: unknown;
      const commands = await commandsDuring(async () => {
        states = await Promise.all(
          ['ada', 'bob', 'ada', 'ada'].map((key) => limiter.consume(TWO, key)),
        );
      });
      expect(states).toMatchObject([
        { allowed: true, remaining: 1 },
        { allowed: true, remaining: 1 },
        { allowed: true, remaining: 0 },
        { allowed: false, remaining: 0 },
      ]);
      expect(commands).toEqual(['evalsha']);
    });

    it('of several budgets are one command for each', async () => {
      let states: unknown;
      const commands = await commandsDuring(async () => {
        states = await Promise.all([TEN, TWO, TEN].map((policy) => limiter.consume(policy, 'ada')));
      });
      expect(states).toMatchObject([{ remaining: 9 }, { remaining: 1 }, { remaining: 8 }]);
      expect(commands).toEqual(['evalsha', 'evalsha']);
      const ttlsMs = await Promise.all(
        ['ten:10:60', 'two:2:30'].map((budget) => client.pttl(`${PREFIX}rl:${budget}:ada`)),
      );
      expect(ttlsMs.map((ttlMs) => Math.ceil(ttlMs / 1000))).toEqual([60, 30]);
    });
  });
});
