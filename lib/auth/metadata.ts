import type { ExecutionContext } from '@nestjs/common';
import { SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

const PUBLIC = 'nestjs-session-kit:public';
const ROLES = 'nestjs-session-kit:roles';

/** Opens a route, or all routes of a controller: guards of the kit let everyone pass and fetch nothing. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/**
 * Lets only users pass who have one of the roles, by the claim `role` (a string) or `roles` (a list). Needs
 * `RolesGuard`.
 */
export const Roles = (...roles: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  SetMetadata(ROLES, roles);

export function isPublic(reflector: Reflector, context: ExecutionContext): boolean {
  return (
    reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
      context.getHandler(),
      context.getClass(),
    ]) ?? false
  );
}

/** Undefined where the route names none, and where a method opens what its class keeps for some roles. */
export function requiredRoles(
  reflector: Reflector,
  context: ExecutionContext,
): readonly string[] | undefined {
  const own = reflector.get<string[] | undefined>(ROLES, context.getHandler());
  if (own) return own;
  if (reflector.get<boolean | undefined>(PUBLIC, context.getHandler())) return undefined;
  return reflector.get<string[] | undefined>(ROLES, context.getClass());
}
