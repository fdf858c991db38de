import type { ExecutionContext } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

type Class = ReturnType<ExecutionContext['getClass']>;

/**
 * Names the quota of a route: `Class.method`, and `Class~2.method` for the second class of that name. The name is the
 * same on every node that runs the same code, because modules are scanned in the order in which they are imported.
 *
 * It is sent in a header as a string of RFC 9651, which holds printable ASCII, so other characters are encoded.
 */
export function policyName(modules: ModulesContainer, context: ExecutionContext): string {
  const type = context.getClass();
  const nth = classesNamed(type.name, modules).indexOf(type) + 1;
  const method = methodName(type, context.getHandler());
  return `${encoded(type.name)}${nth > 1 ? `~${nth}` : ''}.${encoded(method)}`;
}

function classesNamed(name: string, modules: ModulesContainer): unknown[] {
  const found = new Set<unknown>();
  for (const { controllers, providers } of modules.values()) {
    for (const { metatype } of [...controllers.values(), ...providers.values()]) {
      if (metatype?.name === name) found.add(metatype);
    }
  }
  return [...found];
}

/** The property that holds the handler. A function wrapped by a decorator has no name, or that of the wrapper. */
function methodName(type: Class, handler: { readonly name: string }): string {
  let prototype: object | null = type.prototype as object;
  for (; prototype; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    const found = descriptors.find(([, { value }]) => value === handler);
    if (found) return found[0];
  }
  return handler.name;
}

/** Different names stay different. */
function encoded(name: string): string {
  return name.replace(/[^\w$]/g, (unit) => `%${hexOf(unit)}`);
}

function hexOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}
