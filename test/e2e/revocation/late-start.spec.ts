import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { Followed, type SomeSession } from './followed.js';

const TWO_HOURS_MS = 7_200_000;

let redis: OwnRedis;
let look: Redis;
let followed: Followed;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await startOwnRedis();
  look = redis.client();
});

afterEach(() => followed.close());
afterAll(() => redis.stop());

/** A cache that starts now, on the stream of the other one. */
async function beginLate(): Promise<Followed> {
  const { keyPrefix } = followed;
  await followed.close();
  followed = new Followed(look, { redis: redis.connection, keyPrefix });
  await followed.start();
  return followed;
}

/** Publishing drops entries older than any token. */
async function followTrimmed(): Promise<SomeSession[]> {
  followed = await new Followed(look, { redis: redis.connection }).start();
  const began = (await look.xrange(followed.key, '-', '+'))[0]![0];
  const old = `${Number(began.split('-')[0]) - TWO_HOURS_MS}-0`;
  await look.multi().del(followed.key).xadd(followed.key, old, 'began', '').exec();
  const ended = await followed.end(3);
  expect(await look.xlen(followed.key)).toBe(3);
  return ended;
}

describe('a cache that starts after old entries were dropped', () => {
  it('by age knows all relevant revocations, and decides about tokens older than the first entry', async () => {
    const ended = await followTrimmed();
    await beginLate();
    await followed.judgesNewTokens('valid');
    expect(ended.map(({ claims }) => followed.cache.decide(claims))).toEqual(
      ended.map(() => 'ended'),
    );
  });

  it.each<[how: string, drop: (key: string, id: string) => Promise<unknown>]>([
    ['from the start', (key) => look.xtrim(key, 'MAXLEN', 1)],
    ['all', (key) => look.xtrim(key, 'MAXLEN', 0)],
    ['by name', (key, id) => look.xdel(key, id)],
    [
      'by name, and from the start then',
      async (key, id) => {
        await look.xdel(key, id);
        await look.xtrim(key, 'MAXLEN', 0);
      },
    ],
  ])(
    'asks the store about earlier tokens if another client dropped entries %s',
    async (_how, drop) => {
      const ended = await followTrimmed();
      const [id] = (await look.xrange(followed.key, '-', '+'))[1] as [string, string[]];
      await drop(followed.key, id);
      await beginLate();
      await followed.judgesNewTokens(undefined);
      expect(ended.map(({ claims }) => followed.cache.decide(claims))).not.toContain('valid');
    },
  );
});
