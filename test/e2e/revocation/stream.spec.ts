import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { roundNumbers } from '../../support/rounds.js';
import { startTcpProxy } from '../../support/tcp-proxy.js';
import { startPublisher } from './publisher.js';
import { Followed, type FollowedSetup, session, type SomeSession } from './followed.js';

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

async function follow(setup: Partial<FollowedSetup> = {}): Promise<Followed> {
  followed = await new Followed(look, { redis: redis.connection, ...setup }).start();
  await followed.judgesNewTokens('valid');
  return followed;
}

/** For the first read after an outage. */
const endOnceItWorks = (): Promise<SomeSession[]> =>
  eventually(
    () => followed.end(1).catch(() => []),
    (ended) => ended.length > 0,
  );

const millisecondsOf = (id: string): number => Number(id.split('-')[0]);

const dump = (key: string): Promise<Buffer> => look.dumpBuffer(key);

/** Damage to the stream; `verdict`: on tokens issued then. */
const LOSSES: [
  what: string,
  verdict: 'valid' | undefined,
  lose: (key: string) => Promise<unknown>,
][] = [
  ['trimmed to nothing', 'valid', (key) => look.xtrim(key, 'MAXLEN', 0)],
  [
    'without its last entry',
    'valid',
    async (key) => {
      const [[id]] = (await look.xrevrange(key, '+', '-', 'COUNT', 1)) as [[string, string[]]];
      await look.xdel(key, id);
    },
  ],
  ['deleted', undefined, (key) => look.del(key)],
  ['lost with everything else', undefined, () => look.flushall()],
  [
    'lost and started again by another client',
    undefined,
    async (key) => {
      await look.multi().del(key).xadd(key, '*', 'session', 'abc.x').exec();
    },
  ],
  [
    'lost and started again with lower ids, after the clock of Redis was set back',
    // Their ids are old, and only Redis knows the time of a revocation.
    'valid',
    async (key) => {
      await look.multi().del(key).xadd(key, '5-0', 'session', 'abc.x').exec();
    },
  ],
];

describe('a cache that follows a stream in Redis', () => {
  it('knows revocations from before its start and since, and which tokens were not revoked', async () => {
    await follow({ endedBefore: 3 });
    await followed.judgesNewTokens('valid');
    await followed.knows(await followed.end(5));
    expect(followed.brokenPromises).toEqual([]);
    expect(followed.cache.state()).toMatchObject({ fresh: true, entries: 8 });
  });

  it('accepts more than a thousand at once', async () => {
    await follow();
    await followed.knows([...(await followed.end(3500)), ...(await followed.end(1000))]);
    await followed.judgesNewTokens('valid');
    expect(followed.brokenPromises).toEqual([]);
  });

  it('accepts thousands that are published while it loads thousands', async () => {
    followed = new Followed(look, { redis: redis.connection, endedBefore: 5000 });
    await followed.start();
    const ended = await Promise.all(Array.from({ length: 30 }, () => followed.end(100)));
    await followed.knows(ended.flat());
    expect(followed.cache.state().entries).toBe(8000);
    await followed.judgesNewTokens('valid');
    expect(followed.brokenPromises).toEqual([]);
  });

  it.each(LOSSES)(
    'of which the stream was %s continues, and keeps all known revocations',
    async (_what, verdict, lose) => {
      await follow();
      const before = await followed.end(3);
      await followed.knows(before);
      await lose(followed.key);
      const after = await followed.end(3);
      await followed.knows([...before, ...after]);
      await followed.judgesNewTokens(verdict);
      expect(followed.brokenPromises).toEqual([]);
    },
  );

  it('keeps all known revocations when a failover sets the stream back', async () => {
    await follow();
    const old = await dump(followed.key);
    const lost = await followed.end(2);
    await followed.knows(lost);
    await look.restore(followed.key, 0, old, 'REPLACE');
    await followed.knows(await followed.end(1));
    await followed.knows(lost);
    expect(followed.brokenPromises).toEqual([]);
  });

  it.each([
    ['later ids', (lost: string) => `${millisecondsOf(lost) + 5}-*`],
    ['earlier ids, by a clock that is behind', (lost: string) => `${millisecondsOf(lost) - 5}-*`],
  ])(
    'receives revocations published after a failover that lost as many, under %s',
    async (_ids, idAfter) => {
      await follow();
      const old = await dump(followed.key);
      // Leaves room between the ids of kept and lost entries.
      await sleep(20);
      await followed.knows(await followed.end(3));
      const [[lostId]] = (await look.xrevrange(followed.key, '+', '-', 'COUNT', 1)) as [
        [string, unknown],
      ];
      const others = [session(), session(), session()];
      const replica = look.multi().restore(followed.key, 0, old, 'REPLACE');
      for (const { handle } of others) {
        replica.xadd(followed.key, idAfter(lostId), 'session', handle);
      }
      await replica.exec();
      await followed.knows(others);
      expect(followed.brokenPromises).toEqual([]);
    },
  );

  it('notices a gap when entries are dropped while it is disconnected', async () => {
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: redis.port });
    const way = { url: `redis://127.0.0.1:${proxy.port}` };
    try {
      await follow({ way });
      const received = await followed.end(2);
      await followed.knows(received);
      await proxy.loseAnswerTo(/xread/i, 'hang');
      const [missed] = await followed.end(1);
      await look.xtrim(followed.key, 'MAXLEN', 0);
      await followed.knows(await followed.end(2));
      await followed.judgesNewTokens(undefined);
      expect(followed.cache.decide(missed!.claims)).toBeUndefined();
      await followed.knows(received);
      expect(followed.brokenPromises).toEqual([]);
    } finally {
      await proxy.close();
    }
  });

  it.each(roundNumbers(100))(
    'misses nothing while its connection is killed repeatedly (%i)',
    async () => {
      await follow();
      const ended: SomeSession[] = [];
      for (let round = 0; round < 20; round++) {
        const ending = followed.end(150);
        await look.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        // The connection of the publisher may have been killed: then the revocation was not
        // acknowledged.
        ended.push(...(await ending.catch(() => [])));
      }
      ended.push(...(await endOnceItWorks()));
      await followed.knows(ended);
      await followed.judgesNewTokens('valid');
      expect(followed.brokenPromises).toEqual([]);
    },
  );

  it.each([
    [1000, 4000],
    // Short enough that the connection survives, and the answer of an old read is waiting then.
    [100, 800],
  ])(
    'with %i ms never accepts a token that was revoked while the event loop was blocked for %i',
    async (maxStalenessMs, blockedMs) => {
      await follow({ maxStalenessMs });
      const { handle, claims } = session();
      expect(followed.cache.decide(claims)).toBe('valid');
      const other = await startPublisher(redis.url, followed.key, handle);
      // Long enough for a read of the cache to return empty before the revocation.
      other.publishWhileBlockedFor(blockedMs);
      const said = [followed.cache.decide(claims)];
      while (said.at(-1) !== 'ended') {
        await setImmediate();
        said.push(followed.cache.decide(claims));
      }
      expect(said).not.toContain('valid');
      expect(followed.brokenPromises).toEqual([]);
    },
  );

  it.each<[how: string, verdict: 'valid' | undefined, save: () => Promise<unknown>]>([
    ['empty', undefined, async () => {}],
    ['as it was a while ago', 'valid', () => look.save()],
  ])('continues after Redis died and came back %s', async (_how, verdict, save) => {
    await follow();
    await save();
    const known = await followed.end(2);
    await followed.knows(known);
    await redis.kill();
    await redis.start();
    await followed.knows(await endOnceItWorks());
    await followed.knows(known);
    await followed.judgesNewTokens(verdict);
    expect(followed.brokenPromises).toEqual([]);
  });
});
