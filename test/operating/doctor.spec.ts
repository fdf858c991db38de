import { describe, expect, it } from '@jest/globals';
import {
  type StartupFacts,
  findStartupProblems,
} from '../../lib/observability/startup-problems.js';
import { resolveOptions } from '../../lib/options/options-resolver.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { SECRET } from '../support/test-app.js';

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
    redis: SAFE_REDIS,
    inMemory: false,
    isClusterWorker: false,
    guardsBefore: [],
    refreshMount: { route: '/auth/refresh', cookiePath: '/auth', isExact: true },
    ...facts,
  });
}

const redis = (facts: Partial<NonNullable<StartupFacts['redis']>>): Partial<StartupFacts> => ({
  redis: { ...SAFE_REDIS, ...facts },
});

describe('what the boot doctor says', () => {
  it.each<[string, Partial<StartupFacts>, SessionOptions, RegExp]>([
    [
      'evicting Redis',
      redis({ maxmemoryPolicy: 'allkeys-lru' }),
      {},
      /allkeys-lru.*set maxmemory-policy noeviction$/,
    ],
    ['volatile eviction', redis({ maxmemoryPolicy: 'volatile-ttl' }), {}, /volatile-ttl/],
    ['Redis without disk', redis({ persistent: false }), {}, /turn on appendonly or snapshots/],
    ['a clock ahead', redis({ clockOffsetMs: 1001 }), {}, /is 1001 ms from.*NTP/],
    ['a clock behind', redis({ clockOffsetMs: -4000 }), {}, /is -4000 ms from.*NTP/],
    [
      'memory in a worker',
      { redis: undefined, inMemory: true, isClusterWorker: true },
      {},
      /use Redis$/,
    ],
    [
      'a guard before',
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
      'an adapter that shows no routes',
      { refreshMount: { route: undefined, cookiePath: '/', isExact: false } },
      {},
      /does not show.*every path below \/; set cookie\.refreshPath$/,
    ],
    [
      'a grace above the access life',
      {},
      { tokens: { accessTtlSeconds: 60, reuseGraceSeconds: 61 } },
      /reuseGraceSeconds.*lower it$/,
    ],
    [
      'unchecked tokens of an hour',
      {},
      { revocation: { check: 'none' } },
      /for 60 minutes; lower tokens\.accessTtlSeconds or check the store$/,
    ],
    [
      'access above an hour',
      {},
      { tokens: { accessTtlSeconds: 3601 } },
      /accessTtlSeconds is above an hour/,
    ],
  ])('%s: one line that says what to do', (_what, facts, written, line) => {
    expect(lines(facts, written)).toEqual([expect.stringMatching(line)]);
  });

  it.each<[string, Partial<StartupFacts>, SessionOptions]>([
    ['the defaults with a Redis that keeps what it has', {}, {}],
    [
      'eviction without a limit of memory, which never happens',
      redis({ maxmemoryPolicy: 'allkeys-lru', maxmemoryBytes: 0 }),
      {},
    ],
    [
      'a Redis that tells nothing',
      redis({ maxmemoryPolicy: undefined, maxmemoryBytes: undefined, persistent: undefined }),
      {},
    ],
    ['clocks a second apart', redis({ clockOffsetMs: -1000 }), {}],
    ['memory in one process', { redis: undefined, inMemory: true }, {}],
    ['Redis in workers', { isClusterWorker: true }, {}],
    [
      'a prefix with a parameter, where the path is set',
      { refreshMount: ANY_TENANT },
      { cookie: { refreshPath: '/api' } },
    ],
    ['a module without routes', { refreshMount: undefined }, {}],
    [
      'a grace as long as the access life',
      {},
      { tokens: { accessTtlSeconds: 60, reuseGraceSeconds: 60 } },
    ],
    [
      'unchecked tokens below an hour',
      {},
      { revocation: { check: 'none' }, tokens: { accessTtlSeconds: 3599 } },
    ],
  ])('nothing about %s', (_what, facts, written) => {
    expect(lines(facts, written)).toEqual([]);
  });

  it('everything at once, a line each', () => {
    const facts = {
      ...redis({ maxmemoryPolicy: 'allkeys-lfu', persistent: false, clockOffsetMs: 2000 }),
      guardsBefore: ['A'],
    };
    const written = { tokens: { accessTtlSeconds: 7200 }, revocation: { check: 'none' as const } };
    expect(lines(facts, written)).toHaveLength(6);
  });
});
