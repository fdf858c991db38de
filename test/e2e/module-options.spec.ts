import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type DynamicModule,
  type INestApplicationContext,
  Injectable,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  SessionConfigError,
  SessionModule,
  type SessionModuleAsyncOptions,
  type SessionModuleOptions,
  type SessionOptionsFactory,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { SECRET } from '../support/test-app.js';

/** Where an app keeps its configuration. */
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

/** Starts the real thing: abortOnError would end the process of the test. */
async function start(
  ...imports: NonNullable<DynamicModule['imports']>
): Promise<INestApplicationContext> {
  const root = { module: App, imports };
  started = await NestFactory.create(root, { logger: false, abortOnError: false });
  return started.init();
}

/** Starts with the options of a factory. */
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
  it('takes useFactory with imports and inject', async () => {
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

  it('takes useClass', async () => {
    const app = await start(SessionModule.forRootAsync({ useClass: OptionsOfClass }));
    expect(await issuerOf(app)).toBe('the issuer of the class');
  });

  it('takes useExisting', async () => {
    const app = await start(
      SessionModule.forRootAsync({ imports: [OptionsModule], useExisting: OptionsOfClass }),
    );
    expect(await issuerOf(app)).toBe('the issuer of the class');
    const made = app.get(OptionsOfClass, { strict: false, each: true });
    expect(made).toHaveLength(1);
  });

  it.each([
    ['none of them', {}],
    ['two of them', { useClass: OptionsOfClass, useFactory: () => ({ secret: SECRET }) }],
  ])('with %s it is a SessionConfigError', (_name, source) => {
    expect(() => SessionModule.forRootAsync(source)).toThrow(SessionConfigError);
    expect(() => SessionModule.forRootAsync(source)).toThrow(
      'needs exactly one of useFactory, useClass and useExisting',
    );
  });

  it('a factory that returns nothing is a SessionConfigError', async () => {
    await expect(startWith(() => undefined)).rejects.toThrow(/did the factory return nothing/);
  });

  it('what stands beside useFactory is refused inside it', async () => {
    await expect(startWith(() => ({ secret: SECRET, routes: { path: 'auth' } }))).rejects.toThrow(
      /routes: stands beside useFactory/,
    );
  });

  it('what a factory throws is what the start throws', async () => {
    await expect(startWith(() => Promise.reject(new Error('the vault is closed')))).rejects.toThrow(
      'the vault is closed',
    );
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

  it('is true by default: every module may inject the services', async () => {
    const app = await start(sessionModule(), feature());
    expect(app.get(Reader, { strict: false }).sessions).toBeInstanceOf(SessionService);
  });

  it('false leaves them to the modules that import SessionModule', async () => {
    await expect(start(sessionModule(false), feature())).rejects.toThrow(/SessionService/);
    const app = await start(feature(sessionModule(false)));
    expect(app.get(Reader, { strict: false }).sessions).toBeInstanceOf(SessionService);
  });
});

describe('options that cannot work', () => {
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
    '%s: the start rejects with one SessionConfigError that lists all of them',
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
    ['routes.path', { routes: { path: 5 } }, "must be a string like 'auth'"],
    ['routes.path', { routes: { path: ['a', 'b'] } }, "must be a string like 'auth'"],
    ['routes.paht', { routes: { paht: 'auth' } }, 'is no option; the options here are path'],
    ['routes', { routes: true }, "must be an object like { path: 'auth' }"],
    [
      'routes',
      { routes: false },
      "must be an object like { path: 'auth' }; leave it out to mount no routes",
    ],
    ['routes', { routes: 'auth' }, "must be an object like { path: 'auth' }"],
    ['routes', { routes: ['auth'] }, "must be an object like { path: 'auth' }"],
    ['globalGuards', { globalGuards: 'yes' }, 'must be true or false'],
    ['globalGuards', { globalGuards: 0 }, 'must be true or false'],
    ['isGlobal', { isGlobal: 'no' }, 'must be true or false'],
    ['isGlobal', { isGlobal: {} }, 'must be true or false'],
  ];

  describe.each(Object.entries(FORMS))('%s', (_form, make) => {
    it.each(HOSTILE_EXTRAS)('names %s for %j and says what to write', (path, extras, say) => {
      expect(() => make(extras)).toThrow(SessionConfigError);
      expect(() => make(extras)).toThrow(`- ${path}: ${say}`);
    });

    it('names all of them at once', () => {
      const extras = { isGlobal: 1, globalGuards: 1, routes: { path: 1 } };
      expect(() => make(extras)).toThrow(/- isGlobal: [^]*- globalGuards: [^]*- routes\.path: /);
    });

    it.each([undefined, null])('takes %s as absent', (absent) => {
      const extras = { isGlobal: absent, globalGuards: absent, routes: absent };
      expect(make(extras)).toMatchObject({ global: true, controllers: [] });
    });
  });

  it.each([undefined, null, 5, 'auth', true, [], Promise.resolve({ secret: SECRET })])(
    'forRoot and forRootAsync of %p say what to give',
    (written) => {
      for (const form of ['forRoot', 'forRootAsync'] as const) {
        const call = (): DynamicModule => SessionModule[form](written as never);
        expect(call).toThrow(SessionConfigError);
        expect(call).toThrow(`- ${form}: must be given an object, for example {`);
      }
    },
  );

  it.each(['useFactory', 'useClass'])('forRootAsync with %s: 5 says what to give', (name) => {
    const call = (): DynamicModule => SessionModule.forRootAsync({ [name]: 5 });
    expect(call).toThrow(SessionConfigError);
    expect(call).toThrow(`- ${name}: must be a `);
  });

  it('13.3.1 without a secret the start rejects and says how to make one', async () => {
    await expect(start(SessionModule.forRoot({}))).rejects.toThrow(
      /secret: is missing; make one with: npx nestjs-session-kit secret/,
    );
  });

  it('a store that lacks methods is refused at start by their names', async () => {
    const store = { read: async () => null, ping: async () => undefined } as never;
    const started = start(SessionModule.forRoot({ secret: SECRET, store }));
    await expect(started).rejects.toThrow(
      /store: lacks create, locate, replace, move, touch, delete, deleteByUser, deleteBeforeEpoch, epoch, raiseEpoch, list, publish, subscribe, sweep; extend SessionStore/,
    );
  });
});
