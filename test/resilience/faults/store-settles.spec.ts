import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { Clock, type Revocation, RedisSessionStore } from 'nestjs-session-kit';
import { newHandle } from '../../../lib/rules/handle.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { openRedisStore } from '../../support/redis/redis-store.js';
import { emptyWindow, NOW_MS, recordOf } from '../../unit/fixtures.js';

jest.setTimeout(60_000);

const CAP = { maxPerUser: 10, onLimitReached: 'evict-oldest' } as const;
const WRITES = 5000;
/** Longer than the timeout of the connections of the package. */
const BLOCKED_MS = 1500;

/** The number of promises that settled by the time that all have or `ms` are over. */
async function settledWithin(ms: number, calls: readonly Promise<unknown>[]): Promise<number> {
  let settled = 0;
  const counted = calls.map((call) =>
    call.then(
      () => (settled += 1),
      () => (settled += 1),
    ),
  );
  await Promise.race([Promise.all(counted), sleep(ms, undefined, { ref: false })]);
  return settled;
}

function blockLoop(ms: number): void {
  const endsAtMs = performance.now() + ms;
  while (performance.now() < endsAtMs);
}

async function drained<T>(steps: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const step of steps) all.push(step);
  return all;
}

it('a burst of 5,000 writes before a blocked event loop settles, and the store works again', async () => {
  const redis = await startOwnRedis();
  const { store, close } = await openRedisStore(redis.connection);
  const calls = Array.from({ length: WRITES }, (_, user) => {
    const record = recordOf({ userId: `user-${user}`, handle: newHandle(`user-${user}`) });
    return store.create(record, CAP);
  });
  await turn();
  blockLoop(BLOCKED_MS);
  expect(await settledWithin(20_000, calls)).toBe(WRITES);
  await expect(store.ping()).resolves.toBeUndefined();
  await close();
  await redis.stop();
});

/** Every method that calls Redis; iterators are read to their end. */
const CALLS: Record<string, (store: RedisSessionStore) => Promise<unknown>> = {
  onModuleInit: (store) => store.onModuleInit(),
  create: (store) => store.create(recordOf(), CAP),
  read: (store) => store.read(recordOf().handle),
  locate: (store) => store.locate(recordOf().handle),
  replace: (store) => store.replace(recordOf(), 3),
  move: (store) => store.move(recordOf().handle, recordOf(), 3),
  touch: (store) => store.touch(recordOf().handle, NOW_MS),
  delete: (store) => store.delete(recordOf().handle),
  deleteByUser: (store) => store.deleteByUser('user-1'),
  deleteBeforeEpoch: (store) => store.deleteBeforeEpoch(1),
  deleteBeforeEpochInSteps: (store) => drained(store.deleteBeforeEpochInSteps(1)),
  epoch: (store) => store.epoch(),
  raiseEpoch: (store) => store.raiseEpoch(1),
  publish: (store) => store.publish([{ type: 'everyone', epoch: 1 } satisfies Revocation]),
  subscribe: async (store) => (await store.subscribe(emptyWindow())).close(),
  count: (store) => drained(store.count()),
  keyCount: (store) => store.keyCount(),
  list: (store) => store.list('user-1'),
  sweep: (store) => drained(store.sweep({ batchSize: 10, signal: new AbortController().signal })),
  sweepAges: (store) => store.sweepAges(),
  info: (store) => store.info(),
  ping: (store) => store.ping(),
};

describe('a client of the application whose server accepts commands and answers none', () => {
  const sockets: Socket[] = [];
  let server: Server;
  let client: Redis;

  beforeEach(async () => {
    server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // With the defaults of ioredis, which wait forever.
    client = new Redis((server.address() as AddressInfo).port);
    client.on('error', () => undefined);
  });

  afterEach(() => {
    client.disconnect();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  it('is used by methods that are all tested here', () => {
    const asking = Object.getOwnPropertyNames(RedisSessionStore.prototype).filter(
      (name) => !['constructor', 'client', 'lastError', 'onApplicationShutdown'].includes(name),
    );
    expect(Object.keys(CALLS).toSorted()).toEqual(asking.toSorted());
  });

  it('does not keep any call of the exported store from settling', async () => {
    const unsettled = await Promise.all(
      Object.entries(CALLS).map(async ([name, call]) => {
        const store = new RedisSessionStore({ client }, 'sk:', new Clock());
        const settled = await settledWithin(20_000, [call(store)]);
        return settled === 1 ? [] : name;
      }),
    );
    expect(unsettled.flat()).toEqual([]);
  });
});
