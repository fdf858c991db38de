import type { ResolvedOptions } from '../options/resolved-options.js';
import type { RedisInfo } from '../backends/redis/connection/redis-info.js';
import type { RefreshMount } from '../http/adapter/mounted-routes.js';

/** The facts known when the application starts. */
export interface StartupFacts {
  readonly options: ResolvedOptions;
  /** Undefined if sessions are stored elsewhere. */
  readonly redis: (RedisInfo & { readonly clockOffsetMs: number }) | undefined;
  readonly inMemory: boolean;
  /** The process is one of several workers of node:cluster. */
  readonly isClusterWorker: boolean;
  /** Names of global guards that run before those of the package, if `globalGuards` is enabled. */
  readonly guardsBefore: readonly string[];
  /** Undefined if the module mounts no routes. */
  readonly refreshMount: RefreshMount | undefined;
}

const NOTICEABLE_SKEW_MS = 1000;
const LONG_ACCESS_MS = 3_600_000;

/**
 * Returns settings that are valid but dangerous, each with advice. Invalid settings cause a SessionConfigError instead.
 */
export function findStartupProblems(facts: StartupFacts): string[] {
  const { options, redis, inMemory, isClusterWorker, guardsBefore, refreshMount } = facts;
  const { tokens } = options;
  const findings: [found: boolean, line: string][] = [
    [
      evicts(redis),
      `Redis may evict live sessions when its memory is full (maxmemory-policy ${redis?.maxmemoryPolicy}); set maxmemory-policy noeviction`,
    ],
    [
      redis?.persistent === false,
      'Redis does not persist its data, so a restart of Redis logs out all users; enable appendonly or snapshots, or accept that',
    ],
    [
      Math.abs(redis?.clockOffsetMs ?? 0) > NOTICEABLE_SKEW_MS,
      `the clock of Redis is ${redis?.clockOffsetMs} ms from the clock of this machine; the kit corrects for it, but synchronise both with NTP: beyond 5000 ms it does not start`,
    ],
    [
      inMemory && isClusterWorker,
      'each worker of node:cluster has its own sessions in memory, so users are logged out at random; use Redis',
    ],
    [
      guardsBefore.length > 0,
      `${guardsBefore.join(', ')} runs before the guards of the kit and receives no user; call SessionService.identify(http) in it, or register it with @UseGuards`,
    ],
    [
      refreshMount?.isExact === false && options.cookie.refreshPath === undefined,
      `POST refresh is mounted at ${refreshMount?.route ?? 'a path that its adapter does not show'}, which no cookie path can express, so browsers send the refresh cookie to every path below ${refreshMount?.cookiePath}; set cookie.refreshPath`,
    ],
    [
      tokens.reuseGraceMs > tokens.accessTtlMs,
      'tokens.reuseGraceSeconds is longer than tokens.accessTtlSeconds, so a stolen refresh token can be used for a long time; lower it',
    ],
    [
      options.revocation.check === 'none' && tokens.accessTtlMs >= LONG_ACCESS_MS,
      `with revocation.check 'none' a user who logged out can be impersonated for ${tokens.accessTtlMs / 60_000} minutes; lower tokens.accessTtlSeconds or check the store`,
    ],
    [
      tokens.accessTtlMs > LONG_ACCESS_MS,
      'tokens.accessTtlSeconds is above an hour; a shorter lifetime costs nothing, because clients refresh',
    ],
  ];
  return findings.filter(([found]) => found).map(([, line]) => line);
}

function evicts(redis: StartupFacts['redis']): boolean {
  const { maxmemoryPolicy, maxmemoryBytes } = redis ?? {};
  return maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction' && maxmemoryBytes !== 0;
}
