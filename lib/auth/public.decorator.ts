import { SetMetadata } from '@nestjs/common';
import { recentLogin } from './require-recent-login.decorator.js';
import { requiredRoles } from './roles.decorator.js';
import { cachePerRoute, PUBLIC } from './route-metadata.js';

/**
 * Opens a route, or all routes of a controller: guards of the kit let every request pass and read nothing from the
 * store. A method with `@Roles()` or `@RequireRecentLogin()` stays guarded, even in a public class.
 */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

export const isPublic = cachePerRoute((reflector, context) => {
  const targets = [context.getHandler(), context.getClass()];
  const opened = reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets) ?? false;
  return opened && !requiredRoles(reflector, context) && !recentLogin(reflector, context);
});
