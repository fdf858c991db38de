import cluster from 'node:cluster';
import { describe, expect, it, jest } from '@jest/globals';
import { memoryBackend } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import {
  type StartupFacts,
  findStartupProblems,
} from '../../../lib/observability/startup-problems.js';
import {
  findRedisProblems,
  type RedisFacts,
} from '../../../lib/backends/redis/redis-diagnostics.js';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import type { SessionOptions } from '../../../lib/options/session-options.js';
import { SECRET } from '../../support/test-app.js';

const SAFE_REDIS = {
  maxmemoryPolicy: 'noeviction',
  maxmemoryBytes: 1_000_000,
  persistent: true,
  clockOffsetMs: 3,
};

const ANY_TENANT = { route: '/api/:tenant/auth/refresh', cookiePath: '/api', isExact: false };

function lines(facts: Partial<StartupFacts>, written: SessionOptions = {}): string[] {
  return findStartupProblems({
    options: resolveOptions({ secret: SECRET, ...written }, false),
    storeWarnings: [],
    guardsBefore: [],
    refreshMount: { route: '/auth/refresh', cookiePath: '/auth', isExact: true },
    ...facts,
  });
}

/** The warnings of a Redis backend. */
const redis = (facts: Partial<RedisFacts>): Partial<StartupFacts> => ({
  storeWarnings: findRedisProblems({ ...SAFE_REDIS, ...facts }),
});

describe('findStartupProblems', () => {
  it.each<[string, Partial<StartupFacts>, SessionOptions, RegExp]>([
    [
      'a Redis that evicts',
      redis({ maxmemoryPolicy: 'allkeys-lru' }),
      {},
      /allkeys-lru.*set maxmemory-policy noeviction$/,
    ],
    ['volatile eviction', redis({ maxmemoryPolicy: 'volatile-ttl' }), {}, /volatile-ttl/],
    [
      'a Redis without persistence',
      redis({ persistent: false }),
      {},
      /enable appendonly or snapshots/,
    ],
    ['a clock that is ahead', redis({ clockOffsetMs: 1001 }), {}, /is 1001 ms from.*NTP/],
    ['a clock that is behind', redis({ clockOffsetMs: -4000 }), {}, /is -4000 ms from.*NTP/],
    [
      'guards that run first',
      { guardsBefore: ['ApiKeyGuard', 'TenantGuard'] },
      {},
      /^ApiKeyGuard, TenantGuard runs before.*identify\(http\)/,
    ],
    [
      'a prefix with a parameter',
      { refreshMount: ANY_TENANT },
      {},
      /at \/api\/:tenant\/auth\/refresh.*every path below \/api; set cookie\.refreshPath$/,
    ],
    [
      'an adapter that does not expose its routes',
      { refreshMount: { route: undefined, cookiePath: '/', isExact: false } },
      {},
      /does not show.*every path below \/; set cookie\.refreshPath$/,
    ],
    [
      'a grace above the access token lifetime',
      {},
      { tokens: { accessTtlSeconds: 60, reuseGraceSeconds: 61 } },
      /reuseGraceSeconds.*lower it$/,
    ],
    [
      'unchecked tokens with a lifetime of an hour',
      {},
      { revocation: { check: 'none' } },
      /for 60 minutes; lower tokens\.accessTtlSeconds or check the store$/,
    ],
    [
      'an access token lifetime above an hour',
      {},
      { tokens: { accessTtlSeconds: 3601 } },
      /accessTtlSeconds is above an hour/,
    ],
  ])('reports %s in one line with a remedy', (_what, facts, written, line) => {
    expect(lines(facts, written)).toEqual([expect.stringMatching(line)]);
  });

  it.each<[string, Partial<StartupFacts>, SessionOptions]>([
    ['the defaults with a persistent Redis', redis({}), {}],
    [
      'an eviction policy without a memory limit, which never applies',
      redis({ maxmemoryPolicy: 'allkeys-lru', maxmemoryBytes: 0 }),
      {},
    ],
    [
      'a Redis that reveals nothing',
      redis({ maxmemoryPolicy: undefined, maxmemoryBytes: undefined, persistent: undefined }),
      {},
    ],
    ['clocks one second apart', redis({ clockOffsetMs: -1000 }), {}],
    [
      'a prefix with a parameter and an explicit path',
      { refreshMount: ANY_TENANT },
      { cookie: { refreshPath: '/api' } },
    ],
    ['a module without routes', { refreshMount: undefined }, {}],
    [
      'a grace equal to the access token lifetime',
      {},
      { tokens: { accessTtlSeconds: 60, reuseGraceSeconds: 60 } },
    ],
    [
      'unchecked tokens with a lifetime below an hour',
      {},
      { revocation: { check: 'none' }, tokens: { accessTtlSeconds: 3599 } },
    ],
  ])('does not report %s', (_what, facts, written) => {
    expect(lines(facts, written)).toEqual([]);
  });

  it('reports all problems at once, one per line', () => {
    const facts = {
      ...redis({ maxmemoryPolicy: 'allkeys-lfu', persistent: false, clockOffsetMs: 2000 }),
      guardsBefore: ['A'],
    };
    const written = { tokens: { accessTtlSeconds: 7200 }, revocation: { check: 'none' as const } };
    expect(lines(facts, written)).toHaveLength(6);
  });
});

const memoryWarnings = async (): Promise<readonly string[] | undefined> =>
  memoryBackend({ clock: new FakeClock(), maxSessions: 1 }).diagnostics?.startupWarnings?.();

describe('the memory backend', () => {
  it('reports a worker of node:cluster, and no other process', async () => {
    expect(await memoryWarnings()).toEqual([]);
    const isWorker = jest.replaceProperty(cluster, 'isWorker', true);
    expect(await memoryWarnings()).toEqual([expect.stringMatching(/use Redis$/)]);
    isWorker.restore();
  });
});
