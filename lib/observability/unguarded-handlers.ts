import type { ExecutionContext, Type } from '@nestjs/common';
import {
  HttpAdapterHost,
  MetadataScanner,
  type ModuleRef,
  ModulesContainer,
  Reflector,
} from '@nestjs/core';
import { isPublic } from '../auth/public.decorator.js';

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
    finds: ({ handler }) => Reflect.hasMetadata('graphql:resolve_property', handler),
    reason:
      "without fieldResolverEnhancers: ['guards'] GraphQL runs no global guard for field resolvers, and with it the kit refuses them",
  },
];

/** The metadata key of `@UseGuards()`. */
const GUARDS = '__guards__';

type Methods = Record<string, Handler>;

/**
 * Returns warnings for handlers that `globalGuards` does not protect. Handlers with their own guard or with `@Public()`
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
  if ([type, handler].some((target) => Reflect.hasMetadata(GUARDS, target))) return false;
  const route = { getClass: () => type, getHandler: () => handler };
  return !isPublic(new Reflector(), route as unknown as ExecutionContext);
}
