import { SetMetadata } from '@nestjs/common';
import { cachePerRoute, readRequirement } from './route-metadata.js';

const ROLES = 'nestjs-session-kit:roles';

/**
 * Lets only users pass who have one of the roles, by the claim `role` (a string) or `roles` (a list). Needs
 * `RolesGuard`.
 */
export const Roles = (...roles: [string, ...string[]]): MethodDecorator & ClassDecorator =>
  SetMetadata(ROLES, roles);

/** Undefined where the route names none, and where a method opens what its class keeps for some roles. */
export const requiredRoles = cachePerRoute((reflector, context) =>
  readRequirement<readonly string[]>(ROLES, reflector, context),
);
