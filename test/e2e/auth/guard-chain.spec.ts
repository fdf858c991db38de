import { describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  HttpException,
  Injectable,
  Post,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, HttpAdapterHost } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  CsrfGuard,
  HttpExchangeFactory,
  type Identity,
  Public,
  RateLimit,
  RateLimitGuard,
  RecentLoginGuard,
  Roles,
  RolesGuard,
  SessionGuard,
  SessionModule,
  SessionService,
} from 'nestjs-session-kit';
import { of } from 'rxjs';
import { Browser, FOREIGN_PAGE } from '../../support/browser-client.js';
import { ADAPTERS, SECRET } from '../../support/test-app.js';
import { useBrowserApp } from '../../support/apps/use-browser-app.js';

@Controller('chain')
class ChainController {
  @Post('strict')
  @HttpCode(200)
  @RateLimit({ limit: 1, windowSeconds: 60 })
  strict(): object {
    return {};
  }

  /** A route with explicit guards, as in an application that later set `globalGuards`. */
  @Get('guarded')
  @UseGuards(SessionGuard, CsrfGuard)
  guarded(): object {
    return {};
  }

  @Get('admin')
  @Roles('admin')
  admin(): object {
    return {};
  }
}

@Controller('lobby')
@Public()
class LobbyController {
  @Get()
  lobby(): object {
    return { open: true };
  }

  @Post()
  @HttpCode(200)
  write(): object {
    return { open: true };
  }
}

/** A guard of the application that identifies the user and runs before the guards of the package. */
@Injectable()
class IdentifyingGuard implements CanActivate {
  readonly seen: Identity[] = [];

  constructor(
    private readonly exchanges: HttpExchangeFactory,
    private readonly sessions: SessionService,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    this.seen.push(await this.sessions.identify(this.exchanges.of(context)));
    return true;
  }
}

@Catch(HttpException)
@Injectable()
class TeapotFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: HttpException, host: ArgumentsHost): void {
    const body = { filtered: error.getResponse() };
    this.host.httpAdapter.reply(host.switchToHttp().getResponse(), body, error.getStatus());
  }
}

const controllers = [ChainController, LobbyController];

describe.each(ADAPTERS)('globalGuards on %s', (adapter) => {
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    { controllers, options: { rateLimit: {} } },
  );

  it('refuse requests without a credential on every route that is not @Public()', async () => {
    const visitor = fixture.browser();
    for (const path of ['/me', '/name', '/chain/guarded', '/chain/admin', '/auth/sessions']) {
      const { status, body } = await visitor.get(path);
      expect([path, status, body['code']]).toEqual([path, 401, 'TOKEN_MISSING']);
    }
    for (const path of ['/open', '/lobby', '/auth/csrf-token']) {
      expect([path, (await visitor.get(path)).status]).toEqual([path, 200]);
    }
  });

  it('do not read the store on a @Public() route, with or without credentials', async () => {
    const browser = await fixture.loggedIn();
    const csrf = await browser.csrfToken();
    fixture.calls.length = 0;
    expect((await browser.get('/lobby')).body).toEqual({ open: true });
    expect((await browser.post('/lobby', { csrf })).body).toEqual({ open: true });
    expect((await browser.post('/lobby')).status).toBe(403);
    expect(fixture.calls).toEqual([]);
  });

  it('do not read the store again for an additional @UseGuards()', async () => {
    const browser = await fixture.loggedIn();
    fixture.calls.length = 0;
    expect((await browser.get('/chain/guarded')).status).toBe(200);
    expect(fixture.calls).toEqual(['read']);
  });

  it('check roles last', async () => {
    const [user, admin] = [
      await fixture.loggedIn({ claims: { role: 'user' } }),
      await fixture.loggedIn({ claims: { role: 'admin' } }),
    ];
    expect((await user.get('/chain/admin')).body).toMatchObject({
      statusCode: 403,
      code: 'ROLE_REQUIRED',
    });
    expect((await admin.get('/chain/admin')).status).toBe(200);
  });

  it('refuse first a forged request, then an exceeded rate limit, then a missing credential', async () => {
    const visitor = fixture.browser();
    const post = async (sent = {}): Promise<number> =>
      (await visitor.post('/chain/strict', { csrf: await visitor.csrfToken(), ...sent })).status;
    const forged = { from: FOREIGN_PAGE };
    // A forged request does not count against the quota.
    expect([await post(forged), await post(forged)]).toEqual([403, 403]);
    expect(await post()).toBe(401);
    expect(await post()).toBe(429);
    expect(await post(forged)).toBe(403);
  });
});

describe.each(ADAPTERS)('globalGuards with an application guard on %s', (adapter) => {
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    {
      controllers,
      providers: [
        IdentifyingGuard,
        { provide: APP_GUARD, useExisting: IdentifyingGuard },
        { provide: APP_FILTER, useClass: TeapotFilter },
      ],
    },
  );

  it('run after it and share its single read of the session', async () => {
    const { seen } = fixture.app.get(IdentifyingGuard);
    const browser = await fixture.loggedIn();
    seen.length = 0;
    fixture.calls.length = 0;
    expect((await browser.get('/name')).status).toBe(200);
    expect(seen).toMatchObject([{ authenticated: true, user: { id: 'ada' }, transport: 'cookie' }]);
    expect(fixture.calls).toEqual(['read']);
    await fixture.browser().get('/name');
    expect(seen.at(-1)).toMatchObject({ authenticated: false, failure: { code: 'TOKEN_MISSING' } });
  });

  it.each([
    ['401', 'GET', '/name', 'TOKEN_MISSING'],
    ['403', 'POST', '/orders', 'CSRF_REJECTED'],
  ])('let a filter of the application answer a %s', async (status, method, path, code) => {
    const { body, ...answer } = await fixture.browser().send<object>(path, { method });
    expect([`${answer.status}`, body]).toMatchObject([status, { filtered: { code } }]);
  });
});

const useFactory = async () => ({ secret: SECRET });

describe.each(ADAPTERS)('globalGuards in forRootAsync on %s', (adapter) => {
  /** @returns the statuses of a POST, a route with a role and a public route */
  async function statusesWith(globalGuards: boolean): Promise<number[]> {
    const module = await Test.createTestingModule({
      imports: [SessionModule.forRootAsync({ globalGuards, useFactory })],
      controllers,
    }).compile();
    const httpAdapter = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
    const app = module.createNestApplication(httpAdapter, { logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as { port: number };
      const browser = new Browser(`http://127.0.0.1:${port}`);
      const answers = [
        await browser.post('/chain/strict'),
        await browser.get('/chain/admin'),
        await browser.get('/lobby'),
      ];
      return answers.map(({ status }) => status);
    } finally {
      await app.close();
    }
  }

  it('are set beside the factory and guard as in forRoot', async () => {
    expect(await statusesWith(true)).toEqual([403, 401, 200]);
    expect(await statusesWith(false)).toEqual([200, 200, 200]);
  });
});

const ANSWERS: [name: string, answer: ReturnType<CanActivate['canActivate']>][] = [
  ['a promise of false', Promise.resolve(false)],
  ['an observable of false', of(false)],
];

describe.each(ADAPTERS)('globalGuards with a replaced guard on %s', (adapter) => {
  async function statusWith(guard: Type<CanActivate>, answer: unknown): Promise<number> {
    const module = await Test.createTestingModule({
      imports: [SessionModule.forRoot({ secret: SECRET, globalGuards: true })],
      controllers: [LobbyController],
    })
      .overrideProvider(guard)
      .useValue({ canActivate: () => answer })
      .compile();
    const httpAdapter = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
    const app = module.createNestApplication(httpAdapter, { logger: false });
    try {
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as { port: number };
      return (await new Browser(`http://127.0.0.1:${port}`).get('/lobby')).status;
    } finally {
      await app.close();
    }
  }

  const GUARDS: Type<CanActivate>[] = [
    CsrfGuard,
    RateLimitGuard,
    SessionGuard,
    RolesGuard,
    RecentLoginGuard,
  ];

  it.each(GUARDS.map((guard) => ({ guard, name: guard.name })))(
    'refuse a request when $name returns false',
    async ({ guard }) => {
      expect(await statusWith(guard, false)).toBe(403);
    },
  );

  it.each(ANSWERS)('refuse a request when a guard returns %s', async (_name, answer) => {
    expect(await statusWith(SessionGuard, answer)).toBe(403);
  });

  it('admit a request when the guard returns true', async () => {
    expect(await statusWith(SessionGuard, true)).toBe(200);
    expect(await statusWith(SessionGuard, of(true))).toBe(200);
  });
});
