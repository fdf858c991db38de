import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import {
  memoryBackend,
  type SessionModuleExtras,
  type SessionModuleOptions,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { recordingStore } from './recording-store.js';
import { startRedis, type TestRedis } from './redis/redis-server.js';
import { newRedis } from './redis/redis-store.js';
import { type Adapter, ADAPTERS, startApp, type TestApp, type TestAppSetup } from './test-app.js';

export interface MatrixEntry {
  readonly adapter: Adapter;
  readonly store: 'memory' | 'redis';
}

/** A run on a Cluster tests the Cluster only: the memory store has a run of its own. */
const STORES: readonly MatrixEntry['store'][] = process.env['REDIS_CLUSTER']
  ? ['redis']
  : ['memory', 'redis'];

/** Every adapter with every store, for `describe.each(MATRIX)('$adapter with $store', ...)`. */
export const MATRIX: readonly MatrixEntry[] = ADAPTERS.flatMap((adapter) =>
  STORES.map((store) => ({ adapter, store })),
);

/** Each store once, for tests that need no adapter. */
export const STORE_MATRIX = MATRIX.filter(({ adapter }) => adapter === 'express');

export interface Fixture {
  readonly app: TestApp;
  readonly url: string;
  readonly clock: FakeClock;
  readonly sessions: SessionService;
  readonly tokens: TokenService;
  /** Names of the calls to the store, in order. */
  readonly calls: string[];
  /** Only if the store is Redis. */
  readonly redis: TestRedis | undefined;
  readonly keyPrefix: string;
}

export interface FixtureSetup extends Omit<TestAppSetup, 'clock' | 'adapter' | 'options'> {
  readonly options?: Omit<SessionModuleOptions, 'redis' | 'store'> & SessionModuleExtras;
}

/**
 * Runs an application for the tests of the surrounding `describe`, on a real store whose calls are
 * recorded.
 */
export function useFixture({ adapter, store }: MatrixEntry, setup: FixtureSetup = {}): Fixture {
  const fixture = {} as { -readonly [Name in keyof Fixture]: Fixture[Name] };
  const keyPrefix = `sk-${randomUUID()}:`;

  beforeAll(async () => {
    const clock = new FakeClock();
    const redis = store === 'redis' ? await startRedis() : undefined;
    const { store: recorded, calls } = recordingStore(
      redis
        ? newRedis(redis.connection, keyPrefix, clock).backend
        : memoryBackend({ clock, maxSessions: 1000 }),
    );
    // Tests count the reads of the store.
    const revocation = { check: 'store', ...setup.options?.revocation } as const;
    const options = { ...setup.options, revocation, keyPrefix, store: recorded };
    const app = await startApp({ ...setup, adapter, clock, options });
    const sessions = app.get(SessionService);
    const tokens = app.get(TokenService);
    Object.assign(fixture, { app, url: app.url, clock, sessions, tokens, calls, redis, keyPrefix });
  });

  afterAll(async () => {
    await fixture.app?.close();
    await fixture.redis?.stop();
  });

  return fixture;
}
