import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { SessionConfigError } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { newHandle, tagOf, userDigest } from '../../lib/rules/handle.js';
import { FORWARD_MS } from '../../lib/store/session-store.js';
import { nextVersion, sampleRecord } from '../../lib/testing/contract/sample-record.js';
import { commandsDuring, namesOf } from '../support/redis/commands-during.js';
import { claimsOf, type Nodes, open, startNodes } from '../support/nodes.js';
import { type OwnRedis, startOwnRedis } from '../support/redis/redis-server.js';
import {
  newRedis,
  openRedisStore,
  type RedisStoreUnderTest,
} from '../support/redis/redis-store.js';
import { secretIn } from '../support/session-credential.js';

const WIDE = { maxPerUser: 100, onLimitReached: 'evict-oldest' } as const;

let redis: OwnRedis;
let client: Redis;

beforeAll(async () => {
  redis = await startOwnRedis();
  client = redis.client();
});

beforeEach(() => client.flushall());

afterAll(() => redis.stop());

const keys = async (): Promise<string[]> => (await client.keys('*')).toSorted();

/** The content of every key, of any type. */
async function everything(): Promise<string> {
  const parts = (await keys()).map(async (key) => {
    switch (await client.type(key)) {
      case 'string':
        return [key, await client.get(key)];
      case 'stream':
        return [key, await client.xrange(key, '-', '+')];
      default:
        return [key, await client.zrange(key, '0', '-1')];
    }
  });
  return JSON.stringify(await Promise.all(parts));
}

async function expectTimeToLive(longestMs: number): Promise<void> {
  for (const key of await keys()) {
    const ttlMs = await client.pttl(key);
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(longestMs);
  }
}

describe('the keys of a store in Redis', () => {
  let opened: RedisStoreUnderTest;
  const toClose: RedisStoreUnderTest[] = [];

  async function openStore(keyPrefix: string): Promise<RedisStoreUnderTest> {
    const store = await openRedisStore(redis.connection, keyPrefix);
    toClose.push(store);
    return store;
  }

  beforeEach(async () => {
    opened = await openStore('sk:');
  });

  afterEach(async () => void (await Promise.all(toClose.splice(0).map(({ close }) => close()))));

  it('are the record under its handle and the index under a digest of the user, in one slot', async () => {
    const record = sampleRecord(opened.clock.nowMs(), { userId: 'user:{x}*' });
    await opened.store.create(record, WIDE);
    const tag = tagOf(record.handle);
    expect(await keys()).toEqual([
      `sk:{${tag}}:s:${record.handle}`,
      `sk:{${tag}}:u:${userDigest('user:{x}*')}`,
    ]);
  });

  it('expire to the millisecond and never later than the session, after any write', async () => {
    const { store, clock } = opened;
    const record = sampleRecord(clock.nowMs(), { idleTimeoutMs: 3_600_000 });
    const { handle, userId } = record;
    await store.create(record, WIDE);
    await expectTimeToLive(3_600_000);
    await store.touch(handle, clock.nowMs() + 1000);
    await expectTimeToLive(3_601_000);
    await store.replace(nextVersion(record), 1);
    await expectTimeToLive(3_601_000);
    const moved = nextVersion(record, { handle: newHandle(userId), version: 3 });
    await store.move(handle, moved, 2);
    await expectTimeToLive(3_601_000);
    await store.delete(moved.handle);
    expect(await keys()).toEqual([`sk:{${tagOf(handle)}}:f:${handle}`]);
  });

  it.each([
    ['15 minutes', 86_400_000, FORWARD_MS],
    ['the absolute timeout of the session, if that comes first', 60_000, 60_000],
  ])('expire after %s if they forward a moved session', async (_what, leftMs, longestMs) => {
    const { store, clock } = opened;
    const absoluteExpiresAtMs = clock.nowMs() + leftMs;
    const record = sampleRecord(clock.nowMs(), { absoluteExpiresAtMs });
    await store.create(record, WIDE);
    await store.move(record.handle, nextVersion(record, { handle: newHandle(record.userId) }), 1);
    const ttlMs = await client.pttl(`sk:{${tagOf(record.handle)}}:f:${record.handle}`);
    expect(ttlMs).toBeGreaterThan(longestMs - 30_000);
    expect(ttlMs).toBeLessThanOrEqual(longestMs);
  });

  it('keep an index as long as its longest session, also after a shorter one was added', async () => {
    const { store, clock } = opened;
    const long = sampleRecord(clock.nowMs(), { idleTimeoutMs: 3_600_000 });
    const short = sampleRecord(clock.nowMs(), { userId: long.userId, idleTimeoutMs: 1000 });
    await store.create(long, WIDE);
    await store.create(short, WIDE);
    const index = `sk:{${tagOf(long.handle)}}:u:${userDigest(long.userId)}`;
    expect(await client.pttl(index)).toBeGreaterThan(3_000_000);
  });

  it('include a handle again that the index lost, after a touch', async () => {
    const { store, clock } = opened;
    const record = sampleRecord(clock.nowMs());
    await store.create(record, WIDE);
    await client.del(`sk:{${tagOf(record.handle)}}:u:${userDigest(record.userId)}`);
    expect(await store.list(record.userId)).toEqual([]);
    expect(await store.touch(record.handle, record.lastSeenAtMs)).toBe(true);
    expect(await store.list(record.userId)).toEqual([record]);
    await expectTimeToLive(record.idleTimeoutMs);
  });

  it('leave the index when a login replaces a record that vanished', async () => {
    const { store, clock } = opened;
    const gone = sampleRecord(clock.nowMs());
    const { userId } = gone;
    await store.create(gone, WIDE);
    await client.del(`sk:{${tagOf(gone.handle)}}:s:${gone.handle}`);
    const record = sampleRecord(clock.nowMs(), { userId });
    await store.create(record, { maxPerUser: 1, onLimitReached: 'reject' });
    const index = `sk:{${tagOf(record.handle)}}:u:${userDigest(userId)}`;
    expect(await client.zrange(index, '0', '-1')).toEqual([record.handle]);
  });

  it('are not seen, ended or listed under another prefix, even one that is a glob for it', async () => {
    const prefixes = ['sk:', 'sk:sk:', 's*:', '*', '?k:', '[a-z]k:', 'sk', '\\sk:', ''];
    const all = await Promise.all(prefixes.map(openStore));
    const record = sampleRecord(opened.clock.nowMs());
    for (const { store } of all) await store.create(record, WIDE);
    for (const [i, { store }] of all.entries()) {
      await store.deleteBeforeEpoch(1);
      const left = await Promise.all(all.map((other) => other.store.read(record.handle)));
      expect(left.map(Boolean)).toEqual(all.map((_, j) => j > i));
    }
  });

  it('are written again after the server lost every script', async () => {
    const { store, clock } = opened;
    const record = sampleRecord(clock.nowMs());
    const updated = { ...nextVersion(record), lastSeenAtMs: record.lastSeenAtMs + 1 };
    const touched = { ...record, lastSeenAtMs: updated.lastSeenAtMs };
    const steps: [step: () => Promise<unknown>, result: unknown][] = [
      [() => store.create(record, WIDE), { created: true, evicted: [] }],
      [() => store.touch(record.handle, touched.lastSeenAtMs), true],
      [() => store.list(record.userId), [touched]],
      [() => store.replace(updated, 1), true],
      [() => store.locate(record.handle), updated],
      [() => store.delete(record.handle), record.handle],
      [() => store.deleteByUser(record.userId), []],
    ];
    for (const [step, result] of [...steps, ...steps]) {
      await client.script('FLUSH');
      expect(await step()).toEqual(result);
    }
    expect(await store.read(record.handle)).toBeNull();
  });

  it('need one command for each method', async () => {
    const { store, clock } = opened;
    const record = sampleRecord(clock.nowMs());
    const { handle, userId } = record;
    const moved = nextVersion(record, { handle: newHandle(userId), version: 3 });
    const calls: [command: string, call: () => Promise<unknown>][] = [
      ['evalsha', () => store.create(record, WIDE)],
      ['mget', () => store.read(handle)],
      ['evalsha', () => store.locate(handle)],
      ['evalsha', () => store.touch(handle, record.lastSeenAtMs + 1)],
      ['evalsha', () => store.replace(nextVersion(record), 1)],
      ['evalsha', () => store.move(handle, moved, 2)],
      ['evalsha', () => store.list(userId)],
      ['evalsha', () => store.delete(moved.handle)],
      ['evalsha', () => store.deleteByUser(userId)],
      ['evalsha', () => store.ping()],
    ];
    // The first round loads the scripts into the server.
    for (const [, call] of calls) await call();
    const seen = await commandsDuring(client, async () => {
      for (const [, call] of calls) await call();
    });
    expect(namesOf(seen)).toEqual(calls.map(([command]) => command));
  });

  it('are deleted with Redis at maxmemory, while new ones are refused', async () => {
    const { store, clock } = opened;
    const records = [1, 2, 3, 4].map(() => sampleRecord(clock.nowMs(), { userId: 'user' }));
    for (const record of records) await store.create(record, WIDE);
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    await client.config('SET', 'maxmemory', '1');
    try {
      await client.script('FLUSH');
      await expect(store.create(sampleRecord(clock.nowMs()), WIDE)).rejects.toThrow('OOM');
      expect(await store.read(records[0]!.handle)).toEqual(records[0]);
      expect(await store.list('user')).toHaveLength(4);
      expect(await store.delete(records[0]!.handle)).toBe(records[0]!.handle);
      expect(await store.deleteByUser('user', records[1]!.handle)).toHaveLength(2);
      await store.deleteBeforeEpoch(1);
      expect(await keys()).toEqual([]);
    } finally {
      await client.config('SET', 'maxmemory', '0');
    }
  });

  it('need a client without a key prefix, which would hide the hash tags', () => {
    const prefixed = client.duplicate({ keyPrefix: 'app:', lazyConnect: true });
    const clock = new FakeClock();
    for (const connection of [
      { client: prefixed },
      { options: { port: redis.port, keyPrefix: 'app:' } },
    ]) {
      const make = (): unknown => newRedis(connection, 'sk:', clock);
      expect(make).toThrow(SessionConfigError);
      expect(make).toThrow(/its own keyPrefix/);
    }
  });
});

describe('a dump of Redis', () => {
  let nodes: Nodes;

  beforeAll(async () => {
    nodes = await startNodes({ stores: [redis.connection] });
  });

  afterAll(() => nodes.close());

  it('contains no secret and no token, and no user in a key', async () => {
    const userId = 'ada-lovelace@example.com';
    const node = nodes.all[0]!;
    const { secret, session } = await node.sessions.create({ transport: 'cookie', userId });
    const first = await open(node, userId);
    const second = await node.tokens.refresh(first.refreshToken);
    await node.tokens.revoke(second.accessToken);
    const renewed = await node.sessions.regenerate(session.handle);
    const dump = await everything();
    expect(dump).toContain(claimsOf(second.refreshToken).jti);
    for (const token of [first, second].flatMap((pair) => [pair.accessToken, pair.refreshToken])) {
      for (const part of [token, ...token.split('.').slice(1)]) expect(dump).not.toContain(part);
    }
    for (const secretOfOne of [secret, secretIn(renewed)]) {
      expect(dump).not.toContain(secretOfOne.split('.')[1]);
    }
    expect((await keys()).length).toBeGreaterThan(2);
    expect((await keys()).join()).not.toContain('ada');
  });
});
