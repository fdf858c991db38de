import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Injectable,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Clock,
  memoryBackend,
  SessionConfigError,
  SessionModule,
  type SessionModuleAsyncOptions,
  type SessionModuleOptions,
  type SessionOptionsFactory,
  SessionService,
  type StoreBackend,
  type StoreContext,
  TokenService,
} from 'nestjs-session-kit';
import { ResolvedOptions } from '../../../lib/options/resolved-options.js';
import { SECRET } from '../../support/test-app.js';

/** The configuration of an application. */
@Injectable()
class Settings {
  readonly secret = SECRET;
  readonly issuer = 'the issuer of the settings';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class OptionsOfClass implements SessionOptionsFactory {
  async createSessionOptions(): Promise<SessionModuleOptions> {
    return { secret: SECRET, tokens: { issuer: 'the issuer of the class' } };
  }
}

@Module({ providers: [OptionsOfClass], exports: [OptionsOfClass] })
class OptionsModule {}

@Module({})
class App {}

let started: INestApplicationContext | undefined;

/** Starts a real application; abortOnError would end the process of the test. */
async function start(
  ...imports: NonNullable<DynamicModule['imports']>
): Promise<INestApplicationContext> {
  const root = { module: App, imports };
  started = await NestFactory.create(root, { logger: false, abortOnError: false });
  return started.init();
}

/** Starts an application with the options of a factory. */
function startWith(useFactory: () => unknown): Promise<INestApplicationContext> {
  return start(SessionModule.forRootAsync({ useFactory } as SessionModuleAsyncOptions));
}

const sessionModule = (isGlobal?: boolean): DynamicModule =>
  SessionModule.forRoot({ secret: SECRET, ...(isGlobal !== undefined && { isGlobal }) });

async function issuerOf(app: INestApplicationContext): Promise<string> {
  const { tokens: pair } = await app
    .get(SessionService, { strict: false })
    .create({ transport: 'bearer', userId: 'u1' });
  const tokens = app.get(TokenService, { strict: false });
  return (await tokens.verifyAccess(pair.accessToken)).iss;
}

afterEach(async () => {
  await started?.close();
  started = undefined;
});

describe('forRootAsync', () => {
  it('accepts useFactory with imports and inject', async () => {
    const app = await start(
      SessionModule.forRootAsync({
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: ({ secret, issuer }: Settings) => ({ secret, tokens: { issuer } }),
      }),
    );
    expect(await issuerOf(app)).toBe('the issuer of the settings');
  });

  it('awaits a factory', async () => {
    const app = await startWith(async () => ({ secret: SECRET }));
    expect(await issuerOf(app)).toBe('nestjs-session-kit');
  });

  it('accepts useClass', async () => {
    const app = await start(SessionModule.forRootAsync({ useClass: OptionsOfClass }));
    expect(await issuerOf(app)).toBe('the issuer of the class');
  });

  it('accepts useExisting', async () => {
    const app = await start(
      SessionModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsOfClass }),
    );
    expect(await issuerOf(app)).toBe('the issuer of the class');
    const made = app.get(OptionsOfClass, { strict: false, each: true });
    expect(made).toHaveLength(1);
  });

  it.each<[name: string, source: object]>([
    ['none of them', {}],
    ['two of them', { useClass: OptionsOfClass, useFactory: () => ({ secret: SECRET }) }],
  ])('throws a SessionConfigError for %s', (_name, source) => {
    expect(() => SessionModule.forRootAsync(source as SessionModuleAsyncOptions)).toThrow(
      SessionConfigError,
    );
    expect(() => SessionModule.forRootAsync(source as SessionModuleAsyncOptions)).toThrow(
      'must have exactly one of useFactory, useClass and useExisting',
    );
  });

  it('refuses a factory that returns nothing', async () => {
    await expect(startWith(() => undefined)).rejects.toThrow(
      /check the value that the factory returns/,
    );
  });

  it('refuses static options in the result of useFactory', async () => {
    await expect(startWith(() => ({ secret: SECRET, routes: { path: 'auth' } }))).rejects.toThrow(
      /routes: is a static option/,
    );
  });

  it('rejects with the error of a factory', async () => {
    await expect(
      startWith(() => Promise.reject(new Error('the vault is unavailable'))),
    ).rejects.toThrow('the vault is unavailable');
  });
});

describe('isGlobal', () => {
  @Injectable()
  class Reader {
    constructor(readonly sessions: SessionService) {}
  }

  const feature = (...imports: DynamicModule[]): DynamicModule => {
    class Feature {}
    return { module: Feature, imports, providers: [Reader] };
  };

  it('is true by default, so that every module may inject the services', async () => {
    const app = await start(sessionModule(), feature());
    expect(app.get(Reader, { strict: false }).sessions).toBeInstanceOf(SessionService);
  });

  it('restricts the services to modules that import SessionModule if false', async () => {
    await expect(start(sessionModule(false), feature())).rejects.toThrow(/SessionService/);
    const app = await start(feature(sessionModule(false)));
    expect(app.get(Reader, { strict: false }).sessions).toBeInstanceOf(SessionService);
  });
});

describe('invalid options', () => {
  const wrong = {
    secret: 'short and not to be repeated',
    tokens: { accessTtlSeconds: '1h', algorithm: 'none' },
    session: { maxPerUser: 0 },
    sesion: {},
  } as unknown as SessionModuleOptions;

  it.each([
    ['forRoot', () => SessionModule.forRoot(wrong)],
    ['forRootAsync', () => SessionModule.forRootAsync({ useFactory: () => wrong })],
  ])(
    'fail the start by %s with one SessionConfigError that lists all of them',
    async (_name, module) => {
      const error: unknown = await start(module()).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(SessionConfigError);
      const { problems, message } = error as SessionConfigError;
      const paths = problems.map(({ path }) => path).toSorted();
      expect(paths).toEqual([
        'secret',
        'sesion',
        'session.maxPerUser',
        'tokens.accessTtlSeconds',
        'tokens.algorithm',
      ]);
      for (const path of paths) expect(message).toContain(`- ${path}: `);
      expect(message).not.toContain('not to be repeated');
    },
  );

  const FORMS = {
    forRoot: (extras: object) => SessionModule.forRoot({ secret: SECRET, ...extras }),
    forRootAsync: (extras: object) =>
      SessionModule.forRootAsync({ useFactory: () => ({ secret: SECRET }), ...extras }),
  };
  const HOSTILE_EXTRAS: [path: string, extras: object, say: string][] = [
    ['routes.path', { routes: { path: 5 } }, "must be a string such as 'auth'"],
    ['routes.path', { routes: { path: ['a', 'b'] } }, "must be a string such as 'auth'"],
    ['routes.paht', { routes: { paht: 'auth' } }, 'is an unknown option; expected one of path'],
    ['routes', { routes: true }, "must be an object such as { path: 'auth' }"],
    [
      'routes',
      { routes: false },
      "must be an object such as { path: 'auth' }; omit it to mount no routes",
    ],
    ['routes', { routes: 'auth' }, "must be an object such as { path: 'auth' }"],
    ['routes', { routes: ['auth'] }, "must be an object such as { path: 'auth' }"],
    ['globalGuards', { globalGuards: 'yes' }, 'must be true or false'],
    ['globalGuards', { globalGuards: 0 }, 'must be true or false'],
    ['isGlobal', { isGlobal: 'no' }, 'must be true or false'],
    ['isGlobal', { isGlobal: {} }, 'must be true or false'],
  ];

  describe.each(Object.entries(FORMS))('%s', (_form, make) => {
    it.each(HOSTILE_EXTRAS)('names %s for %j and describes a valid value', (path, extras, say) => {
      expect(() => make(extras)).toThrow(SessionConfigError);
      expect(() => make(extras)).toThrow(`- ${path}: ${say}`);
    });

    it('names all invalid options at once', () => {
      const extras = { isGlobal: 1, globalGuards: 1, routes: { path: 1 } };
      expect(() => make(extras)).toThrow(/- isGlobal: [^]*- globalGuards: [^]*- routes\.path: /);
    });

    it.each([undefined, null])('treats %s as absent', (absent) => {
      const extras = { isGlobal: absent, globalGuards: absent, routes: absent };
      expect(make(extras)).toMatchObject({ global: true, controllers: [] });
    });
  });

  it.each([undefined, null, 5, 'auth', true, [], Promise.resolve({ secret: SECRET })])(
    'cause a descriptive error of forRoot and forRootAsync for %p',
    (written) => {
      for (const form of ['forRoot', 'forRootAsync'] as const) {
        const call = (): DynamicModule => SessionModule[form](written as never);
        expect(call).toThrow(SessionConfigError);
        expect(call).toThrow(`- ${form}: must be given an object, for example {`);
      }
    },
  );

  it.each(['useFactory', 'useClass'])(
    'cause a descriptive error of forRootAsync for %s: 5',
    (name) => {
      const call = (): DynamicModule => SessionModule.forRootAsync({ [name]: 5 } as never);
      expect(call).toThrow(SessionConfigError);
      expect(call).toThrow(`- ${name}: must be a `);
    },
  );

  it('13.3.1 fail the start with the command for a new secret if it is missing', async () => {
    await expect(start(SessionModule.forRoot({}))).rejects.toThrow(
      /secret: is missing; generate one with: npx nestjs-session-kit secret/,
    );
  });

  it('fail the start with the names of the methods that the store lacks', async () => {
    const store = { read: async () => null, ping: async () => undefined } as never;
    const started = start(SessionModule.forRoot({ secret: SECRET, store }));
    await expect(started).rejects.toThrow(
      /store: lacks create, locate, replace, move, touch, delete, deleteByUser, deleteBeforeEpoch, epoch, raiseEpoch, list, sweep; extend SessionStore/,
    );
  });

  it('fail the start with the names of the methods that other ports of the backend lack', async () => {
    const { store } = memoryBackend({ clock: new Clock(), maxSessions: 10 });
    const backend = { store, revocationLog: {}, rateLimitCounter: {} } as never;
    const started = start(SessionModule.forRoot({ secret: SECRET, store: backend }));
    await expect(started).rejects.toThrow(
      /store\.revocationLog: lacks publish, subscribe; extend RevocationLog.*\n.*store\.rateLimitCounter: lacks count; extend RateLimitCounter/,
    );
  });

  it('fail the start if the feed is demanded of a store without a revocation log', async () => {
    const { store } = memoryBackend({ clock: new Clock(), maxSessions: 10 });
    const revocation = { check: 'feed' } as const;
    const started = start(SessionModule.forRoot({ secret: SECRET, store, revocation }));
    await expect(started).rejects.toThrow(/revocation\.check: 'feed' needs a revocation log/);
  });
});

/** Starts an application with a store, and returns its `revocation.check`. */
const checkOf = async (store: SessionModuleOptions['store']): Promise<string> => {
  const module = await start(SessionModule.forRoot({ secret: SECRET, store }));
  const { check } = module.get(ResolvedOptions, { strict: false }).revocation;
  await module.close();
  return check;
};

describe('the option store', () => {
  it('takes a store, a backend or a function, and checks by the feed if there is a log', async () => {
    const backend = memoryBackend({ clock: new Clock(), maxSessions: 10 });
    expect(await checkOf(undefined)).toBe('feed');
    expect(await checkOf(backend)).toBe('feed');
    expect(await checkOf(() => backend)).toBe('feed');
    expect(await checkOf(backend.store)).toBe('store');
    expect(await checkOf(() => backend.store)).toBe('store');
  });

  it('makes the backend from the clock, the prefix and the revocation settings of the module', async () => {
    const contexts: StoreContext[] = [];
    const store = (context: StoreContext): StoreBackend => {
      contexts.push(context);
      return memoryBackend({ ...context, maxSessions: 10 });
    };
    const revocation = { maxStalenessMs: 300, waitReplicas: 1 };
    const options = { secret: SECRET, store, keyPrefix: 'shop:', revocation };
    const module = await start(SessionModule.forRoot(options));
    const windowMs = 3_665_000;
    expect(contexts).toEqual([
      {
        clock: module.get(Clock, { strict: false }),
        keyPrefix: 'shop:',
        revocation: { ...revocation, windowMs },
      },
    ]);
    await module.close();
  });

  it('calls the lifecycle hooks of the object once, and none of its parts', async () => {
    const calls: string[] = [];
    const hooks = (name: string) => ({
      onModuleInit: async () => void calls.push(`${name} starts`),
      onApplicationShutdown: async () => void calls.push(`${name} stops`),
    });
    const { store } = memoryBackend({ clock: new Clock(), maxSessions: 10 });
    await checkOf({ store: Object.assign(store, hooks('store')), ...hooks('backend') });
    expect(calls.splice(0)).toEqual(['backend starts', 'backend stops']);
    await checkOf(store);
    expect(calls).toEqual(['store starts', 'store stops']);
  });
});
