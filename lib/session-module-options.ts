import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { SessionOptions } from './options/session-options.js';
import type { StoreOption } from './store/store-backend.js';
import type { RedisConnection } from './backends/redis/connection/redis-client.js';

/** The options of `SessionModule.forRoot`, which an async factory returns. */
export interface SessionModuleOptions extends SessionOptions {
  /**
   * Keeps sessions in Redis 7 or later, or Valkey. Give exactly one of `url`, `client` and `options`.
   * @see docs/stores.md
   */
  redis?: RedisConnection | undefined;
  /**
   * A store of your own, a backend, or a function that makes one from the clock, the key prefix and the revocation
   * settings. Cannot be combined with `redis`.
   * @see docs/stores.md
   */
  store?: StoreOption | undefined;
}

/** Static options: Nest needs them before the factory of `forRootAsync` runs. */
export interface SessionModuleExtras {
  /**
   * Makes services and guards injectable in every module.
   * @default true
   */
  isGlobal?: boolean;
  /** Mounts the routes of the package. If absent, no routes are mounted. */
  routes?: {
    /**
     * Path of the routes, below the global prefix of the application.
     * @default 'auth'
     * @see docs/reference/routes.md
     */
    path?: string;
  };
  /**
   * Guards every HTTP route of the application: CSRF, rate limit, session, roles, recent login. `@Public()` opens a
   * route. Handlers of GraphQL, WebSockets and RPC that are not public are refused where Nest runs global guards; the
   * start-up check warns about the handlers for which it does not.
   * @default false
   * @see docs/guards-and-decorators.md
   */
  globalGuards?: boolean;
}

/** Creates the options, for `useClass` and `useExisting`. */
export interface SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions | Promise<SessionModuleOptions>;
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface SessionModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => SessionModuleOptions | Promise<SessionModuleOptions>;
  /** Tokens of the arguments of `useFactory`, in this order. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<SessionOptionsFactory>;
  useExisting?: InjectionToken<SessionOptionsFactory>;
}
