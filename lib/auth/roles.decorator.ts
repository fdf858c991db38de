import { SetMetadata } from '@nestjs/common';
import { cachePerRoute, readRequirement } from './route-metadata.js';

const ROLES = 'nestjs-session-kit:roles';

/**
 * Lets only users pass who have one of the roles, by the claim `role` (a string) or `roles` (a list). Needs
 * `RolesGuard`.
 */
export const Roles = (...roles: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  SetMetadata(ROLES, roles);

/** Undefined if the route requires none, or if a method overrides the requirement of its class with `@Public()`. */
export const requiredRoles = cachePerRoute((reflector, context) =>
  readRequirement<readonly string[]>(ROLES, reflector, context),
);
