import type { ExecutionContext } from '@nestjs/common';
import { SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { cachePerRoute } from './per-route.js';

const PUBLIC = 'nestjs-session-kit:public';
const ROLES = 'nestjs-session-kit:roles';
const RECENT_LOGIN = 'nestjs-session-kit:recent-login';
const VERIFY_WITH_STORE = 'nestjs-session-kit:verify-with-store';

/**
 * Opens a route, or all routes of a controller: guards of the kit let everyone pass and fetch nothing. A method with
 * `@Roles()` or `@RequireRecentLogin()` stays guarded, also in a class that is public.
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/**
 * Lets only users pass who have one of the roles, by the claim `role` (a string) or `roles` (a list). Needs
 * `RolesGuard`.
 */
export const Roles = (...roles: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  SetMetadata(ROLES, roles);

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

/**
 * For what must not be done in the moment between a revocation and its arrival here: `SessionGuard` asks the store, also
 * where `revocation.check` would not.
 */
export const VerifyWithStore = (): MethodDecorator & ClassDecorator =>
  SetMetadata(VERIFY_WITH_STORE, true);

export const isVerifiedWithStore = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<boolean | undefined>(VERIFY_WITH_STORE, targets) ?? false;
});

export const isPublic = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  const opened = reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false;
  return opened && !requiredRoles(reflector, context) && !recentLogin(reflector, context);
});

/** Undefined where the route names none, and where a method opens what its class keeps for some roles. */
export const requiredRoles = cachePerRoute((reflector, context) =>
  demandOf<readonly string[]>(ROLES, reflector, context),
);

/** Undefined where the route does not ask for it, and where a method opens what its class asks for. */
export const recentLogin = cachePerRoute((reflector, context) =>
  demandOf<RecentLoginOptions>(RECENT_LOGIN, reflector, context),
);

/** What a method asks for counts before what its class does, `@Public()` included. */
function demandOf<T>(key: string, reflector: Reflector, context: ExecutionContext): T | undefined {
  const own = reflector.get<T | undefined>(key, context.getHandler());
  if (own) return own;
  if (reflector.get<boolean | undefined>(PUBLIC, context.getHandler())) return undefined;
  return reflector.get<T | undefined>(key, context.getClass());
}
