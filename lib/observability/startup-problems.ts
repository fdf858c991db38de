import type { ResolvedOptions } from '../options/resolved-options.js';
import type { RefreshMount } from '../http/adapter/mounted-routes.js';

/** The facts known when the application starts. */
export interface StartupFacts {
  readonly options: ResolvedOptions;
  /** Warnings of the backend. */
  readonly storeWarnings: readonly string[];
  /** Names of global guards that run before those of the package, if `globalGuards` is enabled. */
  readonly guardsBefore: readonly string[];
  /** Undefined if the module mounts no routes. */
  readonly refreshMount: RefreshMount | undefined;
}

const LONG_ACCESS_MS = 3_600_000;

/**
 * Returns settings that are valid but dangerous, each with advice. Invalid settings cause a SessionConfigError instead.
 */
export function findStartupProblems(facts: StartupFacts): string[] {
  const { options, storeWarnings, guardsBefore, refreshMount } = facts;
  const { tokens } = options;
  const findings: [found: boolean, line: string][] = [
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
  return [...storeWarnings, ...findings.filter(([found]) => found).map(([, line]) => line)];
}
