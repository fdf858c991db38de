import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RedisConnection } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { startBusyApp } from '../../support/busy-app.js';
import { harmIn } from '../../support/figures.js';
import { underTraffic } from '../../support/traffic.js';
import { freePort } from '../../support/redis/redis-server.js';
import { newRedis } from '../../support/redis/redis-store.js';
import { roundNumbers } from '../../support/rounds.js';
import { startSentinel, type TestSentinel } from '../../support/redis/redis-sentinel.js';
import { ADAPTERS, type TestApp } from '../../support/test-app.js';

const WAYS: readonly [
  way: string,
  connect: (sentinel: TestSentinel) => { redis: RedisConnection; client?: Redis },
][] = [
  ['by options', ({ options }) => ({ redis: { options } })],
  [
    'by a client of the application',
    ({ options }) => {
      const client = new Redis({ ...options, disconnectTimeout: 100 }).on('error', () => undefined);
      return { redis: { client }, client };
    },
  ],
];

describe.each(WAYS)('Redis behind Sentinel, configured %s', (way, connect) => {
  let sentinel: TestSentinel;
  let client: Redis | undefined;
  let apps: TestApp[];

  beforeEach(async () => {
    sentinel = await startSentinel();
    const made = connect(sentinel);
    client = made.client;
    apps = await Promise.all(ADAPTERS.map((adapter) => startBusyApp(adapter, made.redis)));
  });

  afterEach(async () => {
    await Promise.all((apps ?? []).map((app) => app.close()));
    client?.disconnect();
    await sentinel?.stop();
  });

  it.each(roundNumbers(10))(
    'a master killed under load is replaced, and no user is logged out (%i)',
    async () => {
      const lost = await sentinel.master();
      const report = await underTraffic(
        apps,
        async ({ mark, recovered }) => {
          mark();
          await lost.kill();
          await recovered();
        },
        { kinds: ['holder', 'counter', 'ghost'] },
      );
      expect(harmIn(`the master behind Sentinel is killed, ${way}`, report)).toEqual([]);
      expect((await sentinel.master()).port).not.toBe(lost.port);
    },
  );
});

describe('Sentinel itself', () => {
  it('one of three that hangs does not prevent applications from finding the new master', async () => {
    const sentinel = await startSentinel();
    const app = await startBusyApp('express', { options: sentinel.options });
    const [hung] = sentinel.sentinels;
    try {
      const report = await underTraffic(
        [app],
        async ({ mark, recovered }) => {
          hung!.signal('SIGSTOP');
          mark();
          await (await sentinel.master()).kill();
          await recovered();
        },
        { kinds: ['holder', 'ghost'] },
      );
      expect(harmIn('the master is killed while a Sentinel hangs', report)).toEqual([]);
    } finally {
      await app.close();
      await sentinel.stop();
    }
  });

  it('that cannot be reached prevents the start, and is named', async () => {
    const options = {
      name: 'sessions',
      sentinels: [{ host: '127.0.0.1', port: await freePort() }],
    };
    const { backend } = newRedis({ options }, 'sk:', new FakeClock());
    await expect(backend.onModuleInit()).rejects.toThrow(
      /cannot use the master "sessions" of Sentinel \(/,
    );
  });
});
