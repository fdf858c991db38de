import type {
  InjectionToken,
  ModuleMetadata,
  OptionalFactoryDependency,
  Type,
} from '@nestjs/common';
import type { SessionOptions } from './options/session-options.js';
import type { StoreOption } from './store/store-backend.js';
import type { RedisConnection } from './backends/redis/connection/redis-client.js';

/** The options of `SessionModule.forRoot`, which an async factory returns. Without a store, memory is used. */
export type SessionModuleOptions = SessionOptions &
  (
    | {
        /**
         * Keeps sessions in Redis 7 or later, or Valkey. Give exactly one of `url`, `client` and `options`.
         * @see docs/stores.md
         */
        redis?: RedisConnection | undefined;
        store?: undefined;
      }
    | {
        redis?: undefined;
        /**
         * A store of your own, a backend, or a function that makes one from the clock, the key prefix and the
         * revocation settings. Cannot be combined with `redis`.
         * @see docs/stores.md
         */
        store?: StoreOption | undefined;
      }
  );

/** Creates the options, for `useClass` and `useExisting`. */
export interface SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions | Promise<SessionModuleOptions>;
}

/** Exactly one of `useFactory`, `useClass` and `useExisting`. */
export type SessionModuleAsyncOptions = Pick<ModuleMetadata, 'imports'> &
  (
    | {
        useFactory: (...args: never[]) => SessionModuleOptions | Promise<SessionModuleOptions>;
        /** Tokens of the arguments of `useFactory`, in this order. */
        inject?: (InjectionToken | OptionalFactoryDependency)[];
        useClass?: undefined;
        useExisting?: undefined;
      }
    | { useClass: Type<SessionOptionsFactory>; useFactory?: undefined; useExisting?: undefined }
    | {
        useExisting: InjectionToken<SessionOptionsFactory>;
        useFactory?: undefined;
        useClass?: undefined;
      }
  );
