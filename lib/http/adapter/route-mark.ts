import { SetMetadata } from '@nestjs/common';

/**
 * The key under which Nest's Fastify adapter looks up the config of a route (its decorator `RouteConfig`). Nest copies
 * the metadata of a handler to the functions that it registers on Express, too, so one mark works on both adapters.
 */
const ROUTE_CONFIG = '__fastify_route_config__';

const KIT_ROUTE = Symbol('nestjs-session-kit:route');

/** Distinguishes the handlers of one module from those of another. Undefined if the module mounts no routes. */
export abstract class RouteModuleMark {
  abstract readonly refresh: symbol | undefined;
}

/**
 * Marks a handler of the kit, so that its route can be found on the adapter.
 * @param mark a separate mark, for a handler whose path is needed
 */
export function KitRoute(mark: symbol = KIT_ROUTE): MethodDecorator {
  return SetMetadata(ROUTE_CONFIG, { [KIT_ROUTE]: mark });
}

interface MarkedConfig {
  readonly [KIT_ROUTE]?: symbol;
}

/** The mark in the config of a Fastify route; undefined for a route of another package. */
export function markInConfig(config: MarkedConfig | undefined): symbol | undefined {
  return config?.[KIT_ROUTE];
}

/** The mark of a handler on a route of Express; undefined for a handler of another package. */
export function markOfHandler(handler: object): symbol | undefined {
  return markInConfig(Reflect.getMetadata(ROUTE_CONFIG, handler));
}
