import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/** The key of `@Public()`, which also overrides the requirements of a class. */
export const PUBLIC = 'nestjs-session-kit:public';

type ReadMetadata<T> = (reflector: Reflector, context: ExecutionContext) => T;

/**
 * Reads the metadata of a route once instead of on every request: reflection costs more than the rest of a guard.
 * Cached by handler and class, because a class may inherit the handler and have its own decorators.
 */
export function cachePerRoute<T>(read: ReadMetadata<T>): ReadMetadata<T> {
  const known = new WeakMap<object, WeakMap<object, { readonly value: T }>>();
  return (reflector, context) => {
    const handler = context.getHandler();
    let ofHandler = known.get(handler);
    if (!ofHandler) known.set(handler, (ofHandler = new WeakMap()));
    const found = ofHandler.get(context.getClass());
    if (found) return found.value;
    const value = read(reflector, context);
    ofHandler.set(context.getClass(), { value });
    return value;
  };
}

/** The metadata of a method takes precedence over that of its class, including `@Public()`. */
export function readRequirement<T>(
  key: string,
  reflector: Reflector,
  context: ExecutionContext,
): T | undefined {
  const own = reflector.get<T | undefined>(key, context.getHandler());
  if (own) return own;
  if (reflector.get<boolean | undefined>(PUBLIC, context.getHandler())) return undefined;
  return reflector.get<T | undefined>(key, context.getClass());
}
