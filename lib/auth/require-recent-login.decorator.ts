import { SetMetadata } from '@nestjs/common';
import { cachePerRoute, readRequirement } from './route-metadata.js';

const RECENT_LOGIN = 'nestjs-session-kit:recent-login';

/** How long ago the user may have proven who they are. */
export interface RecentLoginOptions {
  maxAgeSeconds: number;
}

/**
 * For what a stolen session must not do: lets only users pass whose last proof of identity (login, or
 * `SessionService.confirm`) is not older (ASVS 7.5.1). A refresh is no proof. Needs `RecentLoginGuard` or `globalGuards`.
 */
export const RequireRecentLogin = (options: RecentLoginOptions): MethodDecorator & ClassDecorator =>
  SetMetadata(RECENT_LOGIN, options);

/** Undefined where the route does not ask for it, and where a method opens what its class asks for. */
export const recentLogin = cachePerRoute((reflector, context) =>
  readRequirement<RecentLoginOptions>(RECENT_LOGIN, reflector, context),
);
