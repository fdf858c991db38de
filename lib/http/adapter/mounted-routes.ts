import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ignoreTypeOfEmptyBody, type PreParsing } from './empty-body.js';
import { markInConfig, markOfHandler, RouteModuleMark } from './route-mark.js';

/** The path of the refresh cookie, derived from the routes of the app. */
export interface RefreshMount {
  /** The path at which the adapter mounted `POST refresh`; undefined if it cannot be determined. */
  readonly route: string | undefined;
  /** The longest cookie path that covers the route and its siblings. */
  readonly cookiePath: string;
  /** False if `cookiePath` covers more than that. */
  readonly isExact: boolean;
}

/** Parameters and groups of path-to-regexp and find-my-way, and the semicolon, which ends a cookie attribute. */
const NO_COOKIE_PATH = /[:*{}()[\]?+!\\;]/;

/** The part of the options of Fastify's `onRoute` hook that is used here. */
interface FastifyRoute {
  readonly url: string;
  readonly config?: object;
  preParsing?: PreParsing | PreParsing[];
}

interface FastifyInstance {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): void;
}

interface ExpressInstance {
  readonly router?: {
    readonly stack: readonly {
      readonly route?: { readonly path: unknown; readonly stack: readonly { handle: object }[] };
    }[];
  };
}

/**
 * The routes of the kit on the adapter. Their paths are read from the adapter instead of computed, because they depend
 * on a global prefix, its exclusions, RouterModule and versioning.
 */
@Injectable()
export class MountedRoutes {
  readonly #fastifyRoutes: string[] = [];

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly mark: RouteModuleMark,
  ) {
    // A testing module gets its adapter after its providers.
    if (adapterHost.httpAdapter) this.#watch();
    else adapterHost.init$.subscribe(() => this.#watch());
  }

  /** Undefined if the module mounts no routes. Available once the app has registered its routes. */
  refreshMount(): RefreshMount | undefined {
    if (this.mark.refresh === undefined) return undefined;
    const route = this.#fastifyRoutes[0] ?? this.#expressRoute();
    return route === undefined
      ? { route, cookiePath: '/', isExact: false }
      : { route, ...directoryOf(route) };
  }

  /** Fastify exposes its routes only during registration. */
  #watch(): void {
    if (this.#adapterType() !== 'fastify') return;
    this.adapterHost.httpAdapter.getInstance<FastifyInstance>().addHook('onRoute', (route) => {
      const mark = markInConfig(route.config);
      if (mark === undefined) return;
      if (mark === this.mark.refresh) this.#fastifyRoutes.push(route.url);
      const hooks = [route.preParsing ?? []].flat();
      if (!hooks.includes(ignoreTypeOfEmptyBody)) {
        route.preParsing = [ignoreTypeOfEmptyBody, ...hooks];
      }
    });
  }

  #expressRoute(): string | undefined {
    if (this.#adapterType() !== 'express') return undefined;
    const { router } = this.adapterHost.httpAdapter.getInstance<ExpressInstance>();
    for (const { route } of router?.stack ?? []) {
      const isOurs = route?.stack.some(({ handle }) => markOfHandler(handle) === this.mark.refresh);
      if (isOurs && typeof route?.path === 'string') return route.path;
    }
    return undefined;
  }

  #adapterType(): string | undefined {
    return this.adapterHost.httpAdapter?.getType();
  }
}

/** The cookie path that covers a route and its siblings, or the part of it before the first parameter. */
export function directoryOf(route: string): Pick<RefreshMount, 'cookiePath' | 'isExact'> {
  const directory = route.slice(0, route.lastIndexOf('/'));
  const end = directory.search(NO_COOKIE_PATH);
  const literal = end < 0 ? directory : directory.slice(0, directory.lastIndexOf('/', end));
  // Percent-encoded, because browsers compare it with the URL character by character.
  return { cookiePath: new URL(`http://localhost${literal}`).pathname, isExact: end < 0 };
}
