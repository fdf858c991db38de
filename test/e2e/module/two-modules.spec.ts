import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Module,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  CsrfGuard,
  CurrentSession,
  CurrentUser,
  Exchange,
  type HttpExchange,
  HttpExchangeFactory,
  type JsonWebKeySet,
  Public,
  RateLimit,
  RateLimitGuard,
  RecentLoginGuard,
  RequireRecentLogin,
  Roles,
  RolesGuard,
  type Session,
  SessionConfigError,
  SessionGuard,
  SessionModule,
  type SessionModuleExtras,
  type SessionOptions,
  SessionService,
  type SessionUser,
  SkipCsrf,
  SkipRateLimit,
  type Transport,
  VerifyWithStore,
} from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { signingKey } from '../../support/key-pairs.js';
import { MATRIX } from '../../support/fixture.js';
import { send } from '../../support/http-client.js';
import { startRedis, type TestRedis } from '../../support/redis/redis-server.js';
import { type Adapter, SECRET } from '../../support/test-app.js';

type Audience = 'customers' | 'staff';
type Options = SessionOptions & SessionModuleExtras;

const STAFF_SECRET = 'Zk3vQx8LwR5bT1yHc7nJs2pVd9eMg6aUf4iKo0rXtYE';

@Injectable()
class StaffJwtStrategy extends JwtStrategy {
  override get name(): string {
    return 'staff-jwt';
  }
}

const STRATEGIES = { customers: JwtStrategy, staff: StaffJwtStrategy };
const STRATEGY_NAMES = { customers: 'jwt', staff: 'staff-jwt' };

/** Routes with every guard and decorator of the package, under the path of the audience. */
function controllerOf(audience: Audience): Type {
  @Controller(audience)
  class AudienceController {
    constructor(private readonly sessions: SessionService) {}

    @Post('login')
    @Public()
    @SkipCsrf()
    @HttpCode(200)
    login(@Exchange() http: HttpExchange, @Body() body: { userId: string; transport: Transport }) {
      return this.sessions.login(http, { ...body, claims: { role: 'admin' } });
    }

    @Get('me')
    @UseGuards(SessionGuard)
    me(@CurrentUser() user: SessionUser, @CurrentSession() session: Session): object {
      return { id: user.id, session: session.user.id };
    }

    @Get('roles')
    @UseGuards(RolesGuard)
    @Roles('admin')
    roles(@CurrentUser('id') id: string): object {
      return { id };
    }

    @Get('verified')
    @UseGuards(SessionGuard)
    @VerifyWithStore()
    verified(@CurrentUser('id') id: string): object {
      return { id };
    }

    @Get('recent')
    @UseGuards(RecentLoginGuard)
    @RequireRecentLogin({ maxAgeSeconds: 60 })
    recent(@CurrentUser('id') id: string): object {
      return { id };
    }

    @Get('passport')
    @UseGuards(AuthGuard(STRATEGY_NAMES[audience]))
    passport(@CurrentUser('id') id: string): object {
      return { id };
    }

    @Get('unguarded')
    @RateLimit()
    @UseGuards(RateLimitGuard)
    unguarded(@CurrentUser() user?: SessionUser): object {
      return { user: user ?? null };
    }

    @Post('unguarded')
    @UseGuards(CsrfGuard)
    @HttpCode(200)
    unguardedWrite(@CurrentUser() user?: SessionUser): object {
      return { user: user ?? null };
    }

    @Get('anonymous-session')
    @RateLimit()
    @UseGuards(RateLimitGuard)
    anonymousSession(@CurrentSession() session: Session): object {
      return session;
    }

    @Get('limited')
    @UseGuards(RateLimitGuard)
    @RateLimit({ limit: 2, windowSeconds: 60 })
    limited(): object {
      return {};
    }

    @Get('counted')
    @UseGuards(RateLimitGuard)
    counted(): object {
      return {};
    }

    @Get('probe')
    @UseGuards(RateLimitGuard)
    @SkipRateLimit()
    probe(): object {
      return {};
    }

    @Post('write')
    @UseGuards(CsrfGuard, SessionGuard)
    @HttpCode(200)
    write(): object {
      return {};
    }

    @Post('step-up')
    @UseGuards(SessionGuard)
    @HttpCode(200)
    stepUp(@Exchange() http: HttpExchange) {
      return this.sessions.confirm(http);
    }
  }
  return AudienceController;
}

function audienceModule(audience: Audience, sessions: DynamicModule): Type {
  @Module({
    imports: [sessions],
    controllers: [controllerOf(audience)],
    providers: [STRATEGIES[audience]],
  })
  class AudienceModule {}
  return AudienceModule;
}

const OPTIONS: Record<Audience, Options> = {
  customers: {
    secret: SECRET,
    isGlobal: false,
    keyPrefix: 'customers:',
    tokens: { keys: [signingKey('ES256')] },
    routes: { path: 'customers/auth' },
  },
  staff: {
    secret: STAFF_SECRET,
    isGlobal: false,
    keyPrefix: 'staff:',
    tokens: { keys: [signingKey('RS256')] },
    cookie: { name: '__Host-staff' },
    routes: { path: 'staff/auth' },
  },
};

interface Setup {
  readonly customers?: Partial<Options>;
  readonly staff?: Partial<Options>;
  /** Runs the guard from docs/guards-and-decorators.md that identifies customers before every route. */
  readonly appGuard?: boolean;
  readonly imports?: DynamicModule[];
}

/** The application guard from docs/guards-and-decorators.md, in the module of the customers. */
@Injectable()
class IdentifyingGuard implements CanActivate {
  constructor(
    private readonly exchanges: HttpExchangeFactory,
    private readonly sessions: SessionService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.sessions.identify(this.exchanges.of(context));
    return true;
  }
}

async function start(adapter: Adapter, setup: Setup = {}) {
  const customers = SessionModule.forRoot({ ...OPTIONS.customers, ...setup.customers });
  const staff = SessionModule.forRoot({ ...OPTIONS.staff, ...setup.staff });
  class GuardModule {}
  const guard: DynamicModule = {
    module: GuardModule,
    imports: [customers],
    providers: setup.appGuard ? [{ provide: APP_GUARD, useClass: IdentifyingGuard }] : [],
  };
  const testing = await Test.createTestingModule({
    imports: [
      guard,
      audienceModule('customers', customers),
      audienceModule('staff', staff),
      ...(setup.imports ?? []),
    ],
  }).compile();
  const app =
    adapter === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter(), { logger: false })
      : testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return { app, url: `http://127.0.0.1:${port}` };
}

type Running = Awaited<ReturnType<typeof start>>;

async function login(url: string, audience: Audience, transport: Transport) {
  const { headers, body, status } = await send<{ tokens?: { accessToken: string } }>(
    `${url}/${audience}/login`,
    { method: 'POST', json: { userId: `${audience}-1`, transport } },
  );
  expect(status).toBe(200);
  const cookies = headers
    .getSetCookie()
    .filter((cookie) => !cookie.includes('Max-Age=0'))
    .map((cookie) => cookie.split(';')[0] as string);
  const token = body.tokens?.accessToken;
  return token === undefined
    ? { cookie: cookies.join('; ') }
    : { authorization: `Bearer ${token}` };
}

const GUARDED = ['me', 'roles', 'recent', 'verified'];

describe.each(MATRIX)('two SessionModules in one application on $adapter with $store', (entry) => {
  const { adapter } = entry;
  let redis: TestRedis | undefined;
  const run = randomUUID();
  const placeOf = (audience: Audience): Partial<Options> => ({
    keyPrefix: `${audience}-${run}:`,
    ...(redis && { redis: redis.connection }),
  });

  beforeAll(async () => {
    if (entry.store === 'redis') redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  describe.each<[what: string, setup: Setup]>([
    ['with guards on the routes', {}],
    ['with an application guard that identifies customers', { appGuard: true }],
  ])('%s', (_what, setup) => {
    let running: Running;
    beforeAll(async () => {
      running = await start(adapter, {
        ...setup,
        customers: placeOf('customers'),
        staff: placeOf('staff'),
      });
    });
    afterAll(() => running?.app.close());

    it.each<Transport>(['bearer', 'cookie', 'bearer-cookie'])(
      'refuse a customer logged in by %s on every staff route with 401',
      async (transport) => {
        const headers = await login(running.url, 'customers', transport);
        for (const route of GUARDED) {
          const own = await send(`${running.url}/customers/${route}`, { headers });
          const foreign = await send(`${running.url}/staff/${route}`, { headers });
          expect([route, own.status, own.body['id']]).toEqual([route, 200, 'customers-1']);
          expect([route, foreign.status]).toEqual([route, 401]);
        }
      },
    );

    it('identify a browser with both cookies as customer or staff by route', async () => {
      const [customer, staff] = [
        await login(running.url, 'customers', 'cookie'),
        await login(running.url, 'staff', 'cookie'),
      ];
      const headers = { cookie: `${customer.cookie}; ${staff.cookie}` };
      for (const audience of ['customers', 'staff'] as const) {
        const { body } = await send(`${running.url}/${audience}/me`, { headers });
        expect(body).toEqual({ id: `${audience}-1`, session: `${audience}-1` });
        const listed = await send(`${running.url}/${audience}/auth/sessions`, { headers });
        expect(listed.status).toBe(200);
      }
    });

    it('serve the staff routes without a session of a customer', async () => {
      const headers = await login(running.url, 'staff', 'cookie');
      const listed = await send(`${running.url}/staff/auth/sessions`, { headers });
      expect(listed.status).toBe(200);
      const foreign = await send(`${running.url}/customers/auth/sessions`, { headers });
      expect(foreign.status).toBe(401);
    });

    it('set and clear only staff cookies at a staff login', async () => {
      const { headers } = await send(`${running.url}/staff/login`, {
        method: 'POST',
        json: { userId: 'staff-1', transport: 'cookie' },
        headers: await login(running.url, 'customers', 'cookie'),
      });
      const names = headers.getSetCookie().map((cookie) => cookie.split('=')[0] as string);
      expect(names).toContain('__Host-staff');
      expect(names.filter((name) => !/^__(Host|Secure)-staff/.test(name))).toEqual([]);
    });
  });

  describe('isolate', () => {
    let running: Running;
    beforeAll(async () => {
      running = await start(adapter, {
        imports: [ScheduleModule.forRoot()],
        customers: { ...placeOf('customers'), cleanup: { everySeconds: 3600 } },
        staff: { ...placeOf('staff'), cleanup: { cron: '0 3 * * *' } },
      });
    });
    afterAll(() => running?.app.close());

    it('passport strategies: the staff strategy refuses a token of a customer', async () => {
      const headers = await login(running.url, 'customers', 'bearer');
      const own = await send(`${running.url}/customers/passport`, { headers });
      const foreign = await send(`${running.url}/staff/passport`, { headers });
      expect([own.status, own.body['id'], foreign.status]).toEqual([200, 'customers-1', 401]);
    });

    it('users: rate limit and CSRF guards do not set @CurrentUser()', async () => {
      const headers = await login(running.url, 'customers', 'cookie');
      const url = `${running.url}/customers/unguarded`;
      expect((await send(url, { headers })).body).toEqual({ user: null });
      const csrf = await send(`${running.url}/customers/auth/csrf-token`, { headers });
      const written = { ...headers, 'x-csrf-token': String(csrf.body['csrfToken']) };
      const { body } = await send(url, { method: 'POST', headers: written });
      expect(body).toEqual({ user: null });
      const session = await send(`${running.url}/customers/anonymous-session`, { headers });
      expect([session.status, session.body['code']]).toEqual([401, 'TOKEN_MISSING']);
    });

    it('refresh cookies: the path of each is that of the routes of its module', async () => {
      const paths = await Promise.all(
        (['customers', 'staff'] as const).map(async (audience) => {
          const json = { userId: 'ada', transport: 'bearer-cookie' };
          const answer = await send(`${running.url}/${audience}/login`, { method: 'POST', json });
          const cookies = answer.headers.getSetCookie();
          const refresh = cookies.find((cookie) => cookie.includes('-refresh=')) ?? '';
          return /Path=([^;]+)/.exec(refresh)?.[1];
        }),
      );
      expect(paths).toEqual(['/customers/auth', '/staff/auth']);
    });

    it('sessions: @CurrentUser() reflects a step-up in the same request', async () => {
      const headers = await login(running.url, 'customers', 'bearer');
      const { status, body } = await send<{ session: Session }>(
        `${running.url}/customers/step-up`,
        { method: 'POST', headers },
      );
      expect([status, body.session.user.id]).toEqual([200, 'customers-1']);
    });

    it('rate limits: requests to one module do not use the quota of the other', async () => {
      const statuses: number[] = [];
      for (const audience of ['customers', 'customers', 'customers', 'staff']) {
        statuses.push((await send(`${running.url}/${audience}/limited`)).status);
      }
      expect(statuses).toEqual([200, 200, 429, 200]);
    });

    it('rate limits: the limit and the exemptions of one do not apply to the other', async () => {
      const limited = { keyPrefix: `limited-${run}:`, rateLimit: { limit: 2 } };
      const { app, url } = await start(adapter, {
        customers: { ...placeOf('customers'), ...limited },
        staff: placeOf('staff'),
      });
      const statusesOf = async (route: string): Promise<number[]> => {
        const statuses: number[] = [];
        for (let i = 0; i < 3; i++) statuses.push((await send(`${url}/${route}`)).status);
        return statuses;
      };
      expect(await statusesOf('customers/counted')).toEqual([200, 200, 429]);
      expect(await statusesOf('staff/counted')).toEqual([200, 200, 200]);
      expect(await statusesOf('customers/probe')).toEqual([200, 200, 200]);
      await app.close();
    });

    it('CSRF tokens: a staff route refuses one of a customer, and the pre-login cookies differ', async () => {
      const [customer, staff] = [
        await login(running.url, 'customers', 'cookie'),
        await login(running.url, 'staff', 'cookie'),
      ];
      const headers = { cookie: `${customer.cookie}; ${staff.cookie}` };
      const tokenOf = async (audience: Audience) =>
        (await send(`${running.url}/${audience}/auth/csrf-token`, { headers })).body[
          'csrfToken'
        ] as string;
      const token = await tokenOf('customers');
      const write = (audience: Audience, csrf: string) =>
        send(`${running.url}/${audience}/write`, {
          method: 'POST',
          headers: { ...headers, 'x-csrf-token': csrf },
        });
      expect((await write('customers', token)).status).toBe(200);
      expect((await write('staff', token)).status).toBe(403);
      expect((await write('staff', await tokenOf('staff'))).status).toBe(200);

      const names = await Promise.all(
        (['customers', 'staff'] as const).map(async (audience) => {
          const answer = await send(`${running.url}/${audience}/auth/csrf-token`);
          return answer.headers.getSetCookie().map((cookie) => cookie.split('=')[0]);
        }),
      );
      expect(names).toEqual([['__Host-csrf'], ['__Host-staff-csrf']]);
    });

    it('revocations: logout-all of a customer does not log out staff', async () => {
      const staff = await login(running.url, 'staff', 'bearer');
      const customer = await login(running.url, 'customers', 'bearer');
      const { body } = await send(`${running.url}/customers/auth/logout-all`, {
        method: 'POST',
        headers: customer,
      });
      expect(body['revoked']).toBeGreaterThan(0);
      const statuses = [
        (await send(`${running.url}/customers/me`, { headers: customer })).status,
        (await send(`${running.url}/staff/me`, { headers: staff })).status,
      ];
      expect(statuses).toEqual([401, 200]);
    });

    it('signing keys: one JWKS route lists the public keys of both', async () => {
      const { body } = await send<JsonWebKeySet>(`${running.url}/.well-known/jwks.json`);
      expect(body.keys.map(({ alg }) => alg).toSorted()).toEqual(['ES256', 'RS256']);
    });

    it('cleanups: the scheduler has one job of each', () => {
      const registry = running.app.get(SchedulerRegistry, { strict: false });
      expect(registry.getTimeouts()).toEqual([`nestjs-session-kit:cleanup:customers-${run}:`]);
      expect([...registry.getCronJobs().keys()]).toEqual([
        `nestjs-session-kit:cleanup:staff-${run}:`,
      ]);
    });
  });
});

describe('two SessionModules fail the start if they share', () => {
  const problemsOf = async (setup: Setup): Promise<Record<string, string>> => {
    const error: unknown = await start('express', setup).then(
      ({ app }) => app.close(),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SessionConfigError)) throw error ?? new Error('the application started');
    return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
  };
  const pair = signingKey('ES256');

  it.each<[what: string, setup: Setup, path: string, message: RegExp]>([
    [
      'two global modules',
      { customers: { isGlobal: true }, staff: { isGlobal: true } },
      'isGlobal',
      /more than one SessionModule; set it to false/,
    ],
    [
      'the guards of one of them',
      { customers: { globalGuards: true } },
      'globalGuards',
      /guards every route of the application.*use @UseGuards\(\) on the controllers/,
    ],
    [
      'the guards of both',
      { customers: { globalGuards: true }, staff: { globalGuards: true } },
      'globalGuards',
      /guards every route of the application/,
    ],
    ['one cookie name', { staff: { cookie: {} } }, 'cookie.name', /the cookie __Host-session;/],
    ['one key prefix', { staff: { keyPrefix: 'customers:' } }, 'keyPrefix', /share sessions/],
    [
      'one path for the routes in different spellings',
      { staff: { routes: { path: '/customers/auth/' } } },
      'routes.path',
      /under different paths/,
    ],
    [
      'one key pair under one issuer and audience',
      { customers: { tokens: { keys: [pair] } }, staff: { tokens: { keys: [pair] } } },
      'tokens.issuer',
      /accept the tokens of each other/,
    ],
    [
      'one kid for different key pairs',
      {
        customers: { tokens: { issuer: 'customers', keys: [{ ...pair, kid: 'main' }] } },
        staff: { tokens: { issuer: 'staff', keys: [{ ...signingKey('RS256'), kid: 'main' }] } },
      },
      'tokens.keys',
      /two public keys with the kid 'main'/,
    ],
  ])('%s', async (_what, setup, path, message) => {
    const problems = await problemsOf(setup);
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toMatch(message);
  });

  it('a module that imports both, so that its services would be ambiguous', async () => {
    const customers = SessionModule.forRoot(OPTIONS.customers);
    const staff = SessionModule.forRoot(OPTIONS.staff);
    @Module({ imports: [customers], exports: [customers] })
    class CustomersModule {}
    @Module({ imports: [CustomersModule, staff] })
    class ReportsModule {}
    const testing = await Test.createTestingModule({ imports: [ReportsModule] }).compile();
    await expect(testing.init()).rejects.toThrow(
      /imports: ReportsModule imports more than one SessionModule/,
    );
  });

  it('one name for two strategies', async () => {
    const customers = SessionModule.forRoot(OPTIONS.customers);
    const staff = SessionModule.forRoot(OPTIONS.staff);
    @Module({ imports: [customers], providers: [JwtStrategy] })
    class CustomersModule {}
    @Module({ imports: [staff], providers: [JwtStrategy] })
    class StaffModule {}
    const testing = await Test.createTestingModule({
      imports: [CustomersModule, StaffModule],
    }).compile();
    await expect(testing.init()).rejects.toThrow(/JwtStrategy: two strategies are named 'jwt'/);
  });
});

it('two SessionModules that share a key pair under two issuers publish it once', async () => {
  const keys = [signingKey('ES256')];
  const { app, url } = await start('express', {
    customers: { tokens: { issuer: 'customers', keys } },
    staff: { tokens: { issuer: 'staff', keys } },
  });
  const { body } = await send<JsonWebKeySet>(`${url}/.well-known/jwks.json`);
  expect(body.keys).toHaveLength(1);
  await app.close();
});

describe('a global and an imported SessionModule', () => {
  it('start together, and the imported one takes precedence', async () => {
    @Injectable()
    class Reader {
      constructor(readonly sessions: SessionService) {}
    }
    @Injectable()
    class GlobalReader extends Reader {}
    @Module({ imports: [SessionModule.forRoot(OPTIONS.staff)], providers: [Reader] })
    class StaffModule {}
    const testing = await Test.createTestingModule({
      imports: [SessionModule.forRoot({ ...OPTIONS.customers, isGlobal: true }), StaffModule],
      providers: [GlobalReader],
    }).compile();
    await testing.init();
    const staff = testing.get(Reader, { strict: false }).sessions;
    const customers = testing.get(GlobalReader).sessions;
    const { session } = await staff.create({ transport: 'cookie', userId: 'staff-1' });
    expect(await staff.find(session.handle)).not.toBeNull();
    expect(await customers.find(session.handle)).toBeNull();
    await testing.close();
  });
});
