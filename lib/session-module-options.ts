import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { SessionOptions } from './options/session-options.js';
import type { SessionStore } from './sessions/session-store.js';
import type { RedisConnection } from './stores/redis/redis-client.js';

/** What `SessionModule.forRoot` takes, and what an async factory returns. */
export interface SessionModuleOptions extends SessionOptions {
  /** Sessions in Redis 7 or Valkey. Absent: in memory, which production refuses unless `memory` is named. */
  redis?: RedisConnection | undefined;
  /** A store of your own. Excludes `redis`. */
  store?: SessionStore;
}

/** Needed before any factory runs, so they stand beside it. */
export interface SessionModuleExtras {
  /** Default true: the services can be injected everywhere. */
  isGlobal?: boolean;
  /** Mounts refresh, logout, logout-all, sessions and csrf-token under `path`, default `auth`. Absent: nothing is mounted. */
  routes?: { path?: string };
  /**
   * Guards every HTTP route of the app: CSRF, rate limit, authentication, roles, recent login. `@Public()` opens a route.
   * Handlers of GraphQL, WebSockets and RPC that are not public are refused where Nest runs global guards; the start warns
   * of those for which it does not. Default false: guards stand where the app puts them.
   */
  globalGuards?: boolean;
}

/** Makes the options, for `useClass` and `useExisting`. */
export interface SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions | Promise<SessionModuleOptions>;
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface SessionModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  useFactory?: (...args: never[]) => SessionModuleOptions | Promise<SessionModuleOptions>;
  /** What `useFactory` gets, in this order. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<SessionOptionsFactory>;
  useExisting?: InjectionToken<SessionOptionsFactory>;
}
