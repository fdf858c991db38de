import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newHandle, tagOf, userDigest } from '../../../lib/rules/handle.js';
import { RedisKeys } from '../../../lib/backends/redis/codec/redis-keys.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';

const keys = new RedisKeys('sk:');
const USER = 'tenant{a}:user \u00e9\n*';

describe('RedisKeys', () => {
  it('have the documented form', () => {
    const tag = tagOf(userDigest('user-1'));
    expect(keys.record(`${tag}.rest`)).toBe(`sk:{${tag}}:s:${tag}.rest`);
    expect(keys.index('user-1')).toBe(`sk:{${tag}}:u:${userDigest('user-1')}`);
    expect(tag).toMatch(/^[\w-]{3}$/);
    expect(userDigest('user-1')).toMatch(/^[\w-]{22}$/);
  });

  it('are built from their prefixes, as in scripts', () => {
    const handle = newHandle(USER);
    expect(keys.recordPrefix(tagOf(handle)) + handle).toBe(keys.record(handle));
    expect(keys.recordPrefixOf(USER) + handle).toBe(keys.record(handle));
    expect(keys.forwardPrefix(tagOf(handle)) + handle).toBe(keys.forward(handle));
    expect(keys.forwardPrefixOf(USER) + handle).toBe(keys.forward(handle));
    expect(keys.indexPrefix(tagOf(handle)) + userDigest(USER)).toBe(keys.index(USER));
  });

  it('yield the handle of a record key', () => {
    const handle = newHandle(USER);
    expect(keys.handleIn(keys.record(handle))).toBe(handle);
  });

  it.each(['user-1', USER, '{}', '}{', ' ', 'x'.repeat(255)])(
    'put records and index of %j under one hash tag and reveal no part of the id',
    (userId) => {
      const tags = [keys.record(newHandle(userId)), keys.index(userId)].map(
        (key) => /\{([^}]*)\}/.exec(key)?.[1],
      );
      expect(tags[0]).toMatch(/^[\w-]{3}$/);
      expect(tags[1]).toBe(tags[0]);
      expect(keys.index(userId)).toMatch(/^sk:\{[\w-]{3}\}:u:[\w-]{22}$/);
    },
  );
});

describe('the glob of every record and index', () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
  });

  it.each(['plain:', 'a*b?c:', '[ab]:', 'back\\slash:', 'a]b[c^-:', '\u00e9\u{1f600}:'])(
    'matches all of them in Redis under the prefix %j and nothing else',
    async (written) => {
      const client = redis.client();
      const prefix = `glob-of-every-record:${written}`;
      const own = new RedisKeys(prefix);
      const mine = ['user-1', 'user-2'].flatMap((user) => [
        own.record(newHandle(user)),
        own.index(user),
      ]);
      const like = ['aXbYc:', 'a:', 'backslash:'].map((part) => `glob-of-every-record:${part}`);
      const others = [...like, `x${prefix}`].map((other) =>
        new RedisKeys(other).record(newHandle('user-1')),
      );
      others.push(own.forward(newHandle('user-1')), `${prefix}{abc}:x:1`, `${prefix}epoch`);
      await Promise.all([...mine, ...others].map((key) => client.set(key, '1', 'EX', 60)));
      const [cursor, found] = await client.scan(
        '0',
        'MATCH',
        own.everyRecordAndIndex,
        'COUNT',
        1_000_000,
      );
      await Promise.all([...mine, ...others].map((key) => client.del(key)));
      expect(cursor).toBe('0');
      expect(found.toSorted()).toEqual(mine.toSorted());
    },
  );
});
