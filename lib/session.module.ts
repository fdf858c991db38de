import {
  type DynamicModule,
  type InjectionToken,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, ModuleRef } from '@nestjs/core';
import { RecentLoginGuard } from './auth/recent-login.guard.js';
import { RolesGuard } from './auth/roles.guard.js';
import { SessionGuard } from './auth/session.guard.js';
import { Clock } from './core/clock.js';
import { SessionConfigError } from './core/session-config-error.js';
import { CleanupService } from './cleanup/cleanup.service.js';
import { StartupChecks } from './observability/startup-checks.js';
import { SessionHealthIndicator } from './observability/session-health.indicator.js';
import { SessionMetrics } from './observability/session-metrics.service.js';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { CsrfService } from './csrf/csrf.service.js';
import { AuditLog } from './events/audit-log.js';
import { SessionEvents } from './events/session-events.service.js';
import { KeyRing } from './jwt/key-ring.js';
import type { SessionModuleExtras } from './options/module-extras.js';
import { checkExtras, resolveOptions, withoutRevocationLog } from './options/options-resolver.js';
import { ResolvedOptions } from './options/resolved-options.js';
import { readSigningKeys } from './options/signing-keys.js';
import { secretBytes } from './options/secret/secret.js';
import { JwksModule } from './routes/jwks.controller.js';
import { sessionController } from './routes/session.controller.js';
import type {
  SessionModuleAsyncOptions,
  SessionModuleOptions,
  SessionOptionsFactory,
} from './session-module-options.js';
import { ModuleIsolation, OWN_CONTROLLER } from './module-isolation.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RateLimiter } from './rate-limit/rate-limiter.js';
import { openStore } from './open-store.js';
import { ScopeCheck } from './scope-check.js';
import { SessionChainGuard } from './session-chain.guard.js';
import { ClaimsProvider } from './sessions/claims-provider.js';
import { CredentialIssuer } from './sessions/credential-issuer.js';
import { NodeRevocationLog } from './revocation/node-revocation-log.js';
import { RevocationAwareSessionStore } from './revocation/revocation-aware-session-store.js';
import { Authenticator } from './sessions/authenticator.js';
import { CredentialSessionResolver } from './http/credential-session-resolver.js';
import { RequestStateFactory } from './http/request-state.js';
import { RecordBinding } from './store/record-binding.js';
import { RevocationFeed } from './revocation/revocation-feed.js';
import { RevocationCache } from './revocation/revocation-cache.js';
import { SessionRevoker } from './revocation/session-revoker.js';
import { SessionCreator } from './sessions/session-creator.js';
import { SessionService } from './sessions/session.service.js';
import { portsOf } from './store/backend-ports.js';
import { ResilientSessionStore } from './store/resilient-session-store.js';
import { RevocationLog } from './store/revocation-log.js';
import { SessionStore } from './store/session-store.js';
import { StoreBackend } from './store/store-backend.js';
import { StoreCaller } from './store/store-caller.js';
import { ActivityTracker } from './sessions/activity-tracker.js';
import { SessionUpdater } from './store/session-updater.js';
import { TokenIssuer } from './sessions/token-issuer.js';
import { TokenService } from './sessions/token.service.js';
import { TokenCodec } from './jwt/token-codec.js';
import { SessionCookies } from './http/cookies/session-cookies.js';
import { HttpExchangeFactory } from './http/http-exchange-factory.js';
import { StateCookies } from './http/cookies/state-cookies.js';
import { TransientState } from './transient-state/transient-state.service.js';
import { RouteModuleMark } from './http/adapter/route-mark.js';
import { MountedRoutes } from './http/adapter/mounted-routes.js';

/** The options of the application before validation. They contain the secret, so they are never exported. */
const WRITTEN_OPTIONS = Symbol('SessionModuleOptions');
/** The validated options, whose `revocation.check` still depends on the backend. */
const VALIDATED_OPTIONS = Symbol('ResolvedOptions');
/** The store or backend as given, whose lifecycle hooks Nest calls. */
const GIVEN_STORE = Symbol('StoreOption');

/**
 * Providers that other modules may inject. The guards, pipes and the passport strategy of the package are instantiated
 * where they are used.
 */
const EXPORTED = [
  SessionService,
  TokenService,
  SessionEvents,
  CleanupService,
  SessionHealthIndicator,
  SessionMetrics,
  SessionStore,
  Clock,
  ResolvedOptions,
  TokenCodec,
  HttpExchangeFactory,
  RequestStateFactory,
  Authenticator,
  CredentialSessionResolver,
  CsrfService,
  RateLimiter,
  TransientState,
  SessionGuard,
  RolesGuard,
  RecentLoginGuard,
  CsrfGuard,
  RateLimitGuard,
];

const PROVIDERS: Provider[] = [
  Clock,
  SessionEvents,
  AuditLog,
  SessionMetrics,
  CleanupService,
  SessionHealthIndicator,
  StoreCaller,
  RecordBinding,
  RevocationCache,
  RevocationFeed,
  SessionRevoker,
  TokenCodec,
  TokenIssuer,
  ClaimsProvider,
  SessionUpdater,
  ActivityTracker,
  TokenService,
  CredentialIssuer,
  CredentialSessionResolver,
  Authenticator,
  SessionCreator,
  SessionService,
  MountedRoutes,
  SessionCookies,
  RequestStateFactory,
  HttpExchangeFactory,
  CsrfService,
  StateCookies,
  TransientState,
  SessionGuard,
  RolesGuard,
  RecentLoginGuard,
  CsrfGuard,
  RateLimitGuard,
  ModuleIsolation,
  {
    provide: VALIDATED_OPTIONS,
    inject: [WRITTEN_OPTIONS],
    useFactory: (written: SessionModuleOptions) =>
      resolveOptions(written, process.env['NODE_ENV'] === 'production'),
  },
  {
    provide: ResolvedOptions,
    inject: [VALIDATED_OPTIONS, WRITTEN_OPTIONS, StoreBackend],
    useFactory: (
      validated: ResolvedOptions,
      written: SessionModuleOptions,
      { revocationLog }: StoreBackend,
    ) => (revocationLog ? validated : withoutRevocationLog(validated, written)),
  },
  {
    provide: KeyRing,
    inject: [WRITTEN_OPTIONS, VALIDATED_OPTIONS],
    useFactory: (written: SessionModuleOptions, { tokens, keyPrefix }: ResolvedOptions) => {
      const { keys } = readSigningKeys(written.tokens?.keys);
      return new KeyRing(secretBytes(written.secret), { ...tokens, keyPrefix }, keys);
    },
  },
  {
    provide: GIVEN_STORE,
    inject: [WRITTEN_OPTIONS, VALIDATED_OPTIONS, Clock],
    useFactory: openStore,
  },
  { provide: StoreBackend, inject: [GIVEN_STORE], useFactory: portsOf },
  {
    provide: RevocationLog,
    inject: [StoreBackend, StoreCaller, RevocationCache],
    useFactory: ({ revocationLog }: StoreBackend, caller: StoreCaller, cache: RevocationCache) =>
      new NodeRevocationLog(revocationLog, caller, cache),
  },
  {
    provide: SessionStore,
    inject: [StoreBackend, StoreCaller, RevocationLog, RevocationCache, RecordBinding],
    useFactory: (
      { store }: StoreBackend,
      caller: StoreCaller,
      log: RevocationLog,
      cache: RevocationCache,
      binding: RecordBinding,
    ) =>
      new RevocationAwareSessionStore(
        new ResilientSessionStore(store, caller),
        log,
        cache,
        binding,
      ),
  },
  {
    provide: RateLimiter,
    inject: [StoreBackend, ResolvedOptions, Clock],
    useFactory: (
      { rateLimitCounter }: StoreBackend,
      { keyPrefix }: ResolvedOptions,
      clock: Clock,
    ) => new RateLimiter(rateLimitCounter, keyPrefix, clock),
  },
  {
    provide: ScopeCheck,
    inject: [ModuleRef],
    useFactory: (moduleRef: ModuleRef) => new ScopeCheck(moduleRef, WRITTEN_OPTIONS),
  },
];

/**
 * Sessions for a Nest application.
 *
 * ```ts
 * SessionModule.forRoot({
 *   secret: process.env.SESSION_SECRET,
 *   redis: { url: process.env.REDIS_URL },
 *   routes: { path: 'auth' },
 * })
 * ```
 *
 * Invalid options stop the start with a `SessionConfigError` that names all of them.
 */
@Module({})
export class SessionModule {
  /** @throws SessionConfigError for an invalid `isGlobal`, `routes` or `globalGuards` */
  static forRoot(written: SessionModuleOptions & SessionModuleExtras): DynamicModule {
    requireObject('forRoot', written);
    const { isGlobal, routes, globalGuards, ...options } = written;
    return sessionModule({ isGlobal, routes, globalGuards }, [
      { provide: WRITTEN_OPTIONS, useValue: options },
    ]);
  }

  /** Like `forRoot`, with options that require other providers or are asynchronous. */
  static forRootAsync(written: SessionModuleAsyncOptions & SessionModuleExtras): DynamicModule {
    requireObject('forRootAsync', written);
    const { isGlobal, routes, globalGuards, imports = [], ...source } = written;
    return sessionModule({ isGlobal, routes, globalGuards }, optionProviders(source), imports);
  }
}

function requireObject(path: 'forRoot' | 'forRootAsync', written: unknown): void {
  const isObject = typeof written === 'object' && written !== null && !Array.isArray(written);
  if (isObject && !('then' in written)) return;
  const example =
    path === 'forRoot'
      ? 'for example { secret: process.env.SESSION_SECRET }; use forRootAsync for options that have to be awaited'
      : 'for example { useFactory: async () => ({ secret }) }';
  throw new SessionConfigError([{ path, message: `must be given an object, ${example}` }]);
}

type Extras = { [Name in keyof SessionModuleExtras]: SessionModuleExtras[Name] | undefined };

function sessionModule(
  { isGlobal, routes, globalGuards }: Extras,
  optionProviders: Provider[],
  imports: NonNullable<SessionModuleAsyncOptions['imports']> = [],
): DynamicModule {
  checkExtras({ isGlobal, routes, globalGuards });
  const mark = routes && Symbol('POST refresh');
  const controller = mark ? sessionController(routes.path ?? 'auth', mark) : null;
  const chain = [SessionChainGuard, { provide: APP_GUARD, useExisting: SessionChainGuard }];
  return {
    module: SessionModule,
    global: isGlobal ?? true,
    imports: controller ? [JwksModule, ...imports] : imports,
    controllers: controller ? [controller] : [],
    providers: [
      ...optionProviders,
      ...PROVIDERS,
      { provide: RouteModuleMark, useValue: { refresh: mark } },
      { provide: OWN_CONTROLLER, useValue: controller },
      {
        provide: StartupChecks,
        inject: [StoreBackend, ResolvedOptions, MountedRoutes, ModuleRef],
        useFactory: (
          { diagnostics }: StoreBackend,
          options: ResolvedOptions,
          mounted: MountedRoutes,
          moduleRef: ModuleRef,
        ) => {
          const chain = globalGuards ? SessionChainGuard : undefined;
          return new StartupChecks(diagnostics, options, mounted, moduleRef, chain);
        },
      },
      ...(globalGuards ? chain : []),
    ],
    exports: EXPORTED,
  };
}

function optionProviders(source: SessionModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting } = source;
  if ([useFactory, useClass, useExisting].filter(Boolean).length !== 1) {
    const message = 'must have exactly one of useFactory, useClass and useExisting';
    throw new SessionConfigError([{ path: 'forRootAsync', message }]);
  }
  if (useFactory && typeof useFactory !== 'function') {
    const message = 'must be a function that returns the options or a promise of them';
    throw new SessionConfigError([{ path: 'useFactory', message }]);
  }
  if (useClass && typeof useClass !== 'function') {
    const message = 'must be a class with a method createSessionOptions';
    throw new SessionConfigError([{ path: 'useClass', message }]);
  }
  if (useFactory) return [{ provide: WRITTEN_OPTIONS, inject: source.inject ?? [], useFactory }];
  if (useExisting) return [writtenBy(useExisting)];
  return [useClass, writtenBy(useClass)];
}

function writtenBy(factory: InjectionToken): Provider {
  return {
    provide: WRITTEN_OPTIONS,
    inject: [factory],
    useFactory: (made: SessionOptionsFactory) => made.createSessionOptions(),
  };
}
