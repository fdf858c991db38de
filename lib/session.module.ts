import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD, ModuleRef } from '@nestjs/core';
import { StartupChecks } from './observability/startup-checks.js';
import type { SessionModuleExtras } from './options/module-extras.js';
import { checkExtras } from './options/options-resolver.js';
import { ResolvedOptions } from './options/resolved-options.js';
import { JwksModule } from './routes/jwks.controller.js';
import { sessionController } from './routes/session.controller.js';
import type { SessionModuleAsyncOptions, SessionModuleOptions } from './session-module-options.js';
import { OWN_CONTROLLER } from './module-isolation.js';
import { optionProviders, requireObject, WRITTEN_OPTIONS } from './written-options.js';
import { SessionChainGuard } from './session-chain.guard.js';
import { SessionErrorModule } from './http/session-error.filter.js';
import { StoreBackend } from './store/store-backend.js';
import { RouteModuleMark } from './http/adapter/route-mark.js';
import { MountedRoutes } from './http/adapter/mounted-routes.js';
import { EXPORTED, PROVIDERS } from './providers.js';

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
    imports: [SessionErrorModule, ...(controller ? [JwksModule] : []), ...imports],
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
