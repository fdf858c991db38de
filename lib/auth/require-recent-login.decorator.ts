import { SetMetadata } from '@nestjs/common';
import { cachePerRoute, readRequirement } from './route-metadata.js';

const RECENT_LOGIN = 'nestjs-session-kit:recent-login';

/** Maximum age of the last proof of identity. */
export interface RecentLoginOptions {
  maxAgeSeconds: number;
}

/**
 * For actions that a stolen session must not perform: lets only users pass whose last proof of identity (login, or
 * `SessionService.confirm`) is not older (ASVS 7.5.1). A refresh does not count as a proof. Needs `RecentLoginGuard` or
 * `globalGuards`.
 */
export const RequireRecentLogin = (options: RecentLoginOptions): MethodDecorator & ClassDecorator =>
  SetMetadata(RECENT_LOGIN, options);

/**
 * Undefined if the route does not require it, or if a method overrides the requirement of its class with `@Public()`.
 */
export const recentLogin = cachePerRoute((reflector, context) =>
  readRequirement<RecentLoginOptions>(RECENT_LOGIN, reflector, context),
);
