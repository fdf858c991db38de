import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { Clock, type Revocation } from 'nestjs-session-kit';
import type { OpenRedis } from '../../../lib/backends/redis/redis-backend.js';
import type { RedisRevocationLog } from '../../../lib/backends/redis/redis-revocation-log.js';
import { newHandle } from '../../../lib/rules/handle.js';
import { startOwnRedis } from '../../support/redis/redis-server.js';
import { newRedis, openRedisStore } from '../../support/redis/redis-store.js';
import { emptyWindow, NOW_MS, recordOf } from '../../unit/fixtures.js';

jest.setTimeout(60_000);

const CAP = { maxPerUser: 10, onLimitReached: 'evict-oldest' } as const;
const WRITES = 5000;
/** Longer than the timeout of the connections of the package. */
const BLOCKED_MS = 1500;

/** The number of promises that settle within `ms`. */
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

/** Every method that calls Redis, by part of the backend; iterators are read to their end. */
const CALLS: Record<string, Record<string, (redis: OpenRedis) => Promise<unknown>>> = {
  store: {
    create: ({ backend: { store } }) => store.create(recordOf(), CAP),
    read: ({ backend: { store } }) => store.read(recordOf().handle),
    locate: ({ backend: { store } }) => store.locate(recordOf().handle),
    replace: ({ backend: { store } }) => store.replace(recordOf(), 3),
    move: ({ backend: { store } }) => store.move(recordOf().handle, recordOf(), 3),
    touch: ({ backend: { store } }) => store.touch(recordOf().handle, NOW_MS),
    delete: ({ backend: { store } }) => store.delete(recordOf().handle),
    deleteByUser: ({ backend: { store } }) => store.deleteByUser('user-1'),
    deleteBeforeEpoch: ({ backend: { store } }) => store.deleteBeforeEpoch(1),
    epoch: ({ backend: { store } }) => store.epoch(),
    raiseEpoch: ({ backend: { store } }) => store.raiseEpoch(1),
    list: ({ backend: { store } }) => store.list('user-1'),
    sweep: ({ backend: { store } }) =>
      drained(store.sweep({ batchSize: 10, signal: new AbortController().signal })),
    ping: ({ backend: { store } }) => store.ping(),
  },
  revocationLog: {
    publish: ({ backend: { revocationLog } }) =>
      revocationLog.publish([{ type: 'everyone', epoch: 1 } satisfies Revocation]),
    subscribe: async ({ backend: { revocationLog } }) =>
      (await revocationLog.subscribe(emptyWindow())).close(),
    epoch: ({ backend: { revocationLog } }) => (revocationLog as RedisRevocationLog).epoch(),
    raiseEpoch: ({ backend: { revocationLog } }) =>
      (revocationLog as RedisRevocationLog).raiseEpoch(1),
    trim: ({ backend: { revocationLog } }) => (revocationLog as RedisRevocationLog).trim(),
  },
  diagnostics: {
    startupWarnings: async ({ backend: { diagnostics } }) => diagnostics?.startupWarnings?.(),
    sweepAges: async ({ backend: { diagnostics } }) => diagnostics?.sweepAges?.(),
  },
  admin: {
    count: ({ admin }) => drained(admin.count()),
    keyCount: ({ admin }) => admin.keyCount(),
    deleteBeforeEpoch: ({ admin }) => drained(admin.deleteBeforeEpoch(1)),
  },
};

/** Names of the methods of a part. */
const methodsOf = (part: object): string[] =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(part)).filter((name) => name !== 'constructor');

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
    const { backend, admin } = newRedis({ client }, 'sk:', new Clock());
    const { store, revocationLog, diagnostics } = backend;
    for (const [name, part] of Object.entries({ store, revocationLog, diagnostics, admin })) {
      expect(Object.keys(CALLS[name]!).toSorted()).toEqual(methodsOf(part as object).toSorted());
    }
  });

  it('does not keep any call of the backend from settling', async () => {
    const calls = [
      ...Object.values(CALLS).flatMap((part) => Object.entries(part)),
      ['onModuleInit', ({ backend }: OpenRedis) => backend.onModuleInit()] as const,
    ];
    const unsettled = await Promise.all(
      calls.map(async ([name, call]) => {
        const settled = await settledWithin(20_000, [
          call(newRedis({ client }, 'sk:', new Clock())),
        ]);
        return settled === 1 ? [] : name;
      }),
    );
    expect(unsettled.flat()).toEqual([]);
  });
});
