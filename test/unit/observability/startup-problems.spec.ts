import { describe, expect, it } from '@jest/globals';
import {
  type StartupFacts,
  findStartupProblems,
} from '../../../lib/observability/startup-problems.js';
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
      'the memory store in a worker',
      { redis: undefined, inMemory: true, isClusterWorker: true },
      {},
      /use Redis$/,
    ],
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
    ['the defaults with a persistent Redis', {}, {}],
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
    ['the memory store in one process', { redis: undefined, inMemory: true }, {}],
    ['Redis in workers', { isClusterWorker: true }, {}],
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
