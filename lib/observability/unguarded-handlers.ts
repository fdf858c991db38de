import type { ExecutionContext, Type } from '@nestjs/common';
import {
  HttpAdapterHost,
  MetadataScanner,
  type ModuleRef,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { isPublic } from '../auth/public.decorator.js';
import { RecentLoginGuard } from '../auth/recent-login.guard.js';
import { RolesGuard } from '../auth/roles.guard.js';
import { SessionGuard } from '../auth/session.guard.js';
import { CsrfGuard } from '../csrf/csrf.guard.js';
import { RateLimitGuard } from '../rate-limit/rate-limit.guard.js';

type Handler = (...args: never[]) => unknown;

interface ClassMethod {
  readonly type: Type;
  readonly handler: Handler;
  readonly isOfController: boolean;
}

/**
 * Handlers for which Nest does not always run global guards. The packages may be absent, so their metadata keys are
 * repeated here.
 */
const KINDS: readonly { finds: (method: ClassMethod) => boolean; reason: string }[] = [
  {
    finds: ({ type, handler }) =>
      Reflect.hasMetadata('websockets:is_gateway', type) &&
      Reflect.hasMetadata('websockets:message_mapping', handler),
    reason:
      'Nest 11 runs no global guard for WebSocket messages, and on Nest 12 the kit refuses them',
  },
  {
    finds: ({ handler, isOfController }) =>
      isOfController && Reflect.hasMetadata('microservices:pattern', handler),
    reason:
      'without inheritAppConfig a hybrid application runs no global guard for message patterns, and with it the kit refuses them',
  },
  {
    finds: ({ handler }) =>
      ['graphql:resolve_property', 'graphql:resolve_reference'].some((key) =>
        Reflect.hasMetadata(key, handler),
      ),
    reason:
      "without fieldResolverEnhancers: ['guards'] GraphQL runs no global guard for resolvers of fields and references, and with it the kit refuses them",
  },
];

/** The metadata key of `@UseGuards()`. */
const GUARDS = '__guards__';

/** They refuse messages that are not HTTP. Other guards may be there for another purpose than authentication. */
const KIT_GUARDS: readonly Type[] = [
  SessionGuard,
  RolesGuard,
  RecentLoginGuard,
  CsrfGuard,
  RateLimitGuard,
];

type Methods = Record<string, Handler>;

/**
 * Returns warnings for handlers that `globalGuards` does not protect. Handlers with `@Public()` or a guard of the kit
 * are intentional.
 */
export function unguardedHandlers(moduleRef: ModuleRef): string[] {
  // A pure microservice runs its global guards.
  const isHttp = Boolean(moduleRef.get(HttpAdapterHost, { strict: false }).httpAdapter);
  if (!isHttp) return [];
  const handlers = [...handlersOf(moduleRef.get(ModulesContainer, { strict: false }))];
  const open = handlers.filter(isLeftToGlobalGuards);
  return KINDS.flatMap(({ finds, reason }) => {
    const names = open.filter(finds).map(({ type, handler }) => `${type.name}.${handler.name}`);
    if (names.length === 0) return [];
    return [
      `globalGuards does not protect ${names.join(', ')}: ${reason}; give them @Public() and a guard of your own`,
    ];
  });
}

function* handlersOf(modules: ModulesContainer): Iterable<ClassMethod> {
  const scanner = new MetadataScanner();
  for (const { providers, controllers } of modules.values()) {
    for (const wrappers of [providers, controllers]) {
      for (const { metatype, isNotMetatype } of wrappers.values()) {
        const type = metatype as Type;
        const prototype = isNotMetatype ? undefined : (type.prototype as Methods | undefined);
        if (!prototype) continue;
        for (const name of scanner.getAllMethodNames(prototype)) {
          const handler = prototype[name] as Handler;
          yield { type, handler, isOfController: wrappers === controllers };
        }
      }
    }
  }
}

function isLeftToGlobalGuards({ type, handler }: ClassMethod): boolean {
  const guards = [type, handler].flatMap(
    (target) => (Reflect.getMetadata(GUARDS, target) as unknown[] | undefined) ?? [],
  );
  if (guards.some(isKitGuard)) return false;
  const route = { getClass: () => type, getHandler: () => handler };
  return !isPublic(new Reflector(), route as unknown as ExecutionContext);
}

/** @param guard a class or an instance */
function isKitGuard(guard: unknown): boolean {
  const prototype: unknown = typeof guard === 'function' ? guard.prototype : guard;
  return KIT_GUARDS.some((kit) => guard === kit || prototype instanceof kit);
}
