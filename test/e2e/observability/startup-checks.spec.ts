import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Injectable } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { RedisConnection, SessionModuleExtras } from 'nestjs-session-kit';
import { CollectingLogger } from '../../support/collecting-logger.js';
import { type OwnRedis, startOwnRedis } from '../../support/redis/redis-server.js';
import { startApp, type TestApp } from '../../support/test-app.js';

@Injectable()
class ApiKeyGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

const EVICTION = /evict live sessions.*allkeys-lru/;
const NO_DISK = /does not persist its data/;

let redis: OwnRedis | undefined;
let app: TestApp | undefined;

afterEach(async () => {
  await app?.close();
  await redis?.stop();
  app = redis = undefined;
});

/** Returns the warnings of the module while an application starts. */
async function warnings(
  connection: RedisConnection | undefined,
  options: SessionModuleExtras = {},
  setup: Parameters<typeof startApp>[0] = {},
): Promise<string[]> {
  const logger = new CollectingLogger();
  const warned: string[] = [];
  logger.warn = (...parts: unknown[]) => void warned.push(String(parts[0]));
  app = await startApp({
    ...setup,
    options: { ...options, ...(connection && { redis: connection }) },
    configure: (starting) => {
      starting.useLogger(logger);
      setup.configure?.(starting);
    },
  });
  return warned;
}

describe('the start-up checks of an application', () => {
  it('warn only about eviction and missing persistence of a Redis with both', async () => {
    redis = await startOwnRedis('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
    expect(await warnings(redis.connection)).toEqual([
      expect.stringMatching(EVICTION),
      expect.stringMatching(NO_DISK),
    ]);
  });

  it.each([
    ['an append-only file', ['--appendonly', 'yes']],
    ['snapshots', ['--save', '3600 1']],
  ])('do not warn about a Redis with noeviction and %s', async (_what, args) => {
    redis = await startOwnRedis('--maxmemory', '64mb', '--maxmemory-policy', 'noeviction', ...args);
    expect(await warnings(redis.connection)).toEqual([]);
  });

  it.each([
    ['INFO and CONFIG', ['-info', '-config'], []],
    ['CONFIG', ['-config'], [expect.stringMatching(EVICTION)]],
  ])('do not fail or guess if the Redis user may not run %s', async (_what, rules, lines) => {
    redis = await startOwnRedis('--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru');
    await redis.client().acl('SETUSER', 'kit', 'on', '>pass', '~*', '&*', '+@all', ...rules);
    // The ready check of ioredis sends INFO and writes a denial to the console.
    const user = { username: 'kit', password: 'pass', enableReadyCheck: false };
    const options = { host: '127.0.0.1', port: redis.port, ...user };
    expect(await warnings({ options })).toEqual(lines);
  });

  it('name an APP_GUARD of the application that runs before the guards of the package', async () => {
    const providers = [{ provide: APP_GUARD, useClass: ApiKeyGuard }];
    expect(await warnings(undefined, { globalGuards: true }, { providers })).toEqual([
      expect.stringMatching(/^ApiKeyGuard runs before the guards of the kit/),
    ]);
  });

  it('do not name a guard from useGlobalGuards, which runs after the guards of the package', async () => {
    const warned = await warnings(
      undefined,
      { globalGuards: true },
      { configure: (starting) => void starting.useGlobalGuards(new ApiKeyGuard()) },
    );
    expect(warned).toEqual([]);
  });

  it('do not name a guard if either the package or the application has no global one', async () => {
    const providers = [{ provide: APP_GUARD, useClass: ApiKeyGuard }];
    expect(await warnings(undefined, {}, { providers })).toEqual([]);
    await app?.close();
    expect(await warnings(undefined, { globalGuards: true })).toEqual([]);
  });
});
