import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplication,
  Inject,
  Injectable,
  type InjectionToken,
  Module,
  type OptionalFactoryDependency,
  Scope,
} from '@nestjs/common';
import { INQUIRER, NestFactory, REQUEST } from '@nestjs/core';
import {
  SessionConfigError,
  SessionModule,
  type SessionModuleAsyncOptions,
  type SessionModuleOptions,
  type SessionOptionsFactory,
  SessionService,
} from 'nestjs-session-kit';
import { SECRET } from '../../support/test-app.js';

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  readonly secret = SECRET;
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class DurableTenant extends Tenant {}

/** Declared with the default scope; Nest makes it request-scoped because of its dependency. */
@Injectable()
class TenantSettings {
  constructor(readonly tenant: Tenant) {}
  readonly secret = SECRET;
}

/** Transient, like the loggers of many packages. */
@Injectable({ scope: Scope.TRANSIENT })
class TransientSettings {
  constructor(@Inject(INQUIRER) readonly inquirer: unknown) {}
  readonly secret = SECRET;
}

@Module({
  providers: [Tenant, DurableTenant, TenantSettings, TransientSettings],
  exports: [Tenant, DurableTenant, TenantSettings, TransientSettings],
})
class TenantModule {}

let made = 0;

@Injectable({ scope: Scope.REQUEST })
class RequestScopedFactory implements SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions {
    return settings({ secret: SECRET });
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class TransientFactory implements SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions {
    return settings({ secret: SECRET });
  }
}

@Module({ providers: [RequestScopedFactory], exports: [RequestScopedFactory] })
class FactoryModule {}

@Module({})
class App {}

function settings({ secret }: { secret: string }): SessionModuleOptions {
  made++;
  return { secret };
}

const inject = (token: InjectionToken | OptionalFactoryDependency) => ({
  imports: [TenantModule],
  inject: [token],
  useFactory: settings,
});

let app: INestApplication | undefined;

async function start(...imports: NonNullable<DynamicModule['imports']>): Promise<INestApplication> {
  app = await NestFactory.create({ module: App, imports }, { logger: false, abortOnError: false });
  return app.init();
}

beforeEach(() => {
  made = 0;
});

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('request-scoped options', () => {
  it.each<[string, SessionModuleAsyncOptions]>([
    ['a request-scoped provider', inject(Tenant)],
    ['a durable request-scoped provider', inject(DurableTenant)],
    ['a provider that depends on a request-scoped one', inject(TenantSettings)],
    ['the request itself', inject(REQUEST)],
    ['an optional request-scoped provider', inject({ token: Tenant, optional: true })],
    ['a request-scoped class in useClass', { useClass: RequestScopedFactory }],
    [
      'a request-scoped class in useExisting',
      { imports: [FactoryModule], useExisting: RequestScopedFactory },
    ],
  ])('fail the start (%s)', async (_name, options) => {
    const starting = start(SessionModule.forRootAsync(options));
    await expect(starting).rejects.toThrow(SessionConfigError);
    await expect(starting).rejects.toThrow(
      'forRootAsync: depends on a request-scoped provider, but options are read once, at start; inject providers of the default scope only',
    );
    expect(made).toBe(0);
  });
});

describe('transient options', () => {
  it.each<[string, SessionModuleAsyncOptions]>([
    ['a transient provider', inject(TransientSettings)],
    ['a transient class in useClass', { useClass: TransientFactory }],
  ])('are created once (%s)', async (_name, options) => {
    await start(SessionModule.forRootAsync(options));
    const sessions = (app as INestApplication).get(SessionService, { strict: false });
    const { session } = await sessions.create({ transport: 'cookie', userId: 'ada' });
    expect(await sessions.find(session.handle)).not.toBeNull();
    expect(made).toBe(1);
  });
});
