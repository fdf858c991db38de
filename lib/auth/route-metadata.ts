import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';

/** The key of `@Public()`, which also decides about what a class requires. */
export const PUBLIC = 'nestjs-session-kit:public';

type ReadMetadata<T> = (reflector: Reflector, context: ExecutionContext) => T;

/**
 * Reads what decorators say of a route once, not with every request: reflection costs more than all that a guard does
 * with what it says. By handler and class, because a class may inherit the handler and have decorators of its own.
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

/** What a method asks for counts before what its class does, `@Public()` included. */
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
