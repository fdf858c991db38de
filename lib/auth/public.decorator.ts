import { SetMetadata } from '@nestjs/common';
import { recentLogin } from './require-recent-login.decorator.js';
import { requiredRoles } from './roles.decorator.js';
import { cachePerRoute, PUBLIC } from './route-metadata.js';

/**
 * Opens a route, or all routes of a controller: guards of the kit let everyone pass and fetch nothing. A method with
 * `@Roles()` or `@RequireRecentLogin()` stays guarded, also in a class that is public.
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

export const isPublic = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  const opened = reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false;
  return opened && !requiredRoles(reflector, context) && !recentLogin(reflector, context);
});
