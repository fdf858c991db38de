import { type CanActivate, type ExecutionContext, SetMetadata, type Type } from '@nestjs/common';
import type { ModuleRef, Reflector } from '@nestjs/core';
import { applicationConfigOf } from '../http/adapter/application-config.js';

const REQUIRES_SESSION = 'nestjs-session-kit:requires-session';
/** The metadata key under which `@UseGuards()` stores the guards of a handler or a controller. */
const GUARDS = '__guards__';

/** Marks a guard that refuses anonymous requests, except on public routes. */
export const RequiresSession = (): ClassDecorator => SetMetadata(REQUIRES_SESSION, true);

/** Whether one of the guards of the route refuses anonymous requests. Does not consider whether the route is public. */
export function requiresSession(
  reflector: Reflector,
  context: ExecutionContext,
  globalGuards: readonly object[],
): boolean {
  const own = [context.getClass(), context.getHandler()].flatMap(
    (target) =>
      reflector.get<(CanActivate | Type<CanActivate>)[] | undefined>(GUARDS, target) ?? [],
  );
  return [...globalGuards, ...own].some((guard) => {
    const type = typeof guard === 'function' ? (guard as Type) : (guard.constructor as Type);
    return reflector.get<boolean | undefined>(REQUIRES_SESSION, type) ?? false;
  });
}

/** The guards that the app registered for all routes, in the order in which they run. */
export function globalGuardsOf(moduleRef: ModuleRef): readonly object[] {
  return applicationConfigOf(moduleRef)?.getGlobalGuards() ?? [];
}
