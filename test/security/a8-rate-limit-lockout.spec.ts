import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, HttpCode, Post, UseGuards } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import {
  Public,
  RateLimit,
  RateLimitGuard,
  SessionGuard,
  SessionService,
  SkipRateLimit,
} from 'nestjs-session-kit';
import { JwtStrategy } from 'nestjs-session-kit/passport';
import { useBrowserApp } from '../support/apps/use-browser-app.js';
import { Browser } from '../support/browser-client.js';
import { MATRIX } from '../support/fixture.js';
import { send } from '../support/http-client.js';
import { type Adapter, ADAPTERS, startApp, type TestApp } from '../support/test-app.js';

const LIMIT = 3;
const inventedCookie = (i: number): string => `__Host-session=abc.${`${i}`.padStart(42, 'A')}A`;

describe.each(MATRIX)('$adapter with $store: one address, with a limit of 3', (entry) => {
  const setup = { options: { rateLimit: { limit: LIMIT, windowSeconds: 60 } } };
  const fixture = useBrowserApp(entry, setup);
  const statusOf = async (headers: Record<string, string> = {}): Promise<number> =>
    (await send(`${fixture.url}/auth/csrf-token`, { headers })).status;
  const cookieOf = async (userId: string): Promise<string> =>
    `__Host-session=${(await fixture.sessions.create({ transport: 'cookie', userId })).secret}`;
  const tokensOf = async (userId: string) =>
    (await fixture.sessions.create({ transport: 'bearer', userId })).tokens;
  const post = (path: string, sent: object) =>
    send(fixture.url + path, { method: 'POST', ...sent });
  /** Each test has a separate window. */
  const newWindow = async (): Promise<void> => {
    fixture.clock.advance(60_000);
    // Redis measures windows by its own clock.
    const redis = fixture.redis?.client();
    const keys = (await redis?.keys(`${fixture.keyPrefix}rl:*`)) ?? [];
    for (const key of keys) await redis?.del(key);
  };

  /** The network has no quota left for requests without a credential. */
  const spendNetwork = async (): Promise<void> => {
    await newWindow();
    for (let i = 0; i < LIMIT; i++) expect(await statusOf()).toBe(200);
    expect(await statusOf()).toBe(429);
  };

  it.each(['cookie', 'bearer', 'bearer-cookie'] as const)(
    'visitors do not keep users with %s from a CSRF token and a logout',
    async (transport) => {
      await spendNetwork();
      for (let user = 0; user < 2 * LIMIT; user++) {
        const headers = await headersOf(transport, `user-${user}`);
        expect(await statusOf(headers)).toBe(200);
        const browser = new Browser(fixture.url);
        const csrf = headers['cookie'] && (await browser.csrfToken(headers['cookie']));
        const answer = await browser.post('/auth/logout', {
          csrf,
          headers,
          ...(headers['cookie'] !== undefined && { cookie: headers['cookie'] }),
        });
        expect(answer.status).toBe(200);
        expect(await fixture.sessions.list(`user-${user}`)).toEqual([]);
      }
      expect(await statusOf()).toBe(429);
    },
  );

  const headersOf = async (
    transport: 'cookie' | 'bearer' | 'bearer-cookie',
    userId: string,
  ): Promise<Record<string, string>> => {
    if (transport === 'cookie') return { cookie: await cookieOf(userId) };
    const { accessToken, refreshToken } = await tokensOf(userId);
    if (transport === 'bearer') return { authorization: `Bearer ${accessToken}` };
    const cookie = `__Host-session-access=${accessToken}; __Secure-session-refresh=${refreshToken}`;
    return { cookie };
  };

  it('a user whose access token has expired still gets a CSRF token, for the refresh', async () => {
    await newWindow();
    const page = await fixture.loggedIn({ transport: 'bearer-cookie', userId: 'late' });
    const cookie = (await page.cookies()).map((one) => one.cookieString()).join('; ');
    fixture.clock.advance(3_600_000);
    await spendNetwork();
    const browser = new Browser(fixture.url);
    const csrf = await browser.csrfToken(cookie);
    expect((await browser.post('/auth/refresh', { csrf, cookie })).status).toBe(200);
  });

  it('users do not keep visitors from logging in', async () => {
    await newWindow();
    for (let user = 0; user < 2 * LIMIT; user++) {
      expect(await statusOf({ cookie: await cookieOf(`user-${user}`) })).toBe(200);
    }
    const visitor = new Browser(fixture.url);
    expect((await visitor.act('/login')).status).toBe(200);
  });

  it('invented cookies count for the network, and do not lock out a user', async () => {
    await newWindow();
    const statuses = [];
    for (let i = 0; i < 10 * LIMIT; i++)
      statuses.push(await statusOf({ cookie: inventedCookie(i) }));
    expect(statuses.slice(0, LIMIT)).toEqual([200, 200, 200]);
    expect(new Set(statuses.slice(LIMIT))).toEqual(new Set([429]));
    // Then a user has a separate quota, and no more than that.
    const cookie = await cookieOf('ada');
    const own = [];
    for (let i = 0; i <= LIMIT; i++) own.push(await statusOf({ cookie }));
    expect(own).toEqual([200, 200, 200, 429]);
  });

  it('an invented token counts for the network', async () => {
    await newWindow();
    const { accessToken } = await tokensOf('victim');
    const statuses = [];
    for (let i = 0; i < 2 * LIMIT; i++) {
      const forged = `${accessToken.slice(0, -43)}${`${i}`.padStart(42, 'A')}A`;
      statuses.push(await statusOf({ authorization: `Bearer ${forged}` }));
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
    expect(await statusOf({ authorization: `Bearer ${accessToken}` })).toBe(200);
  });

  it('csrf-token does not read the store for any credential while the network has a quota', async () => {
    await newWindow();
    const cookie = await cookieOf('ada');
    const { accessToken } = await tokensOf('ada');
    fixture.calls.length = 0;
    await statusOf({ cookie });
    await statusOf({ cookie: inventedCookie(1) });
    await statusOf({ authorization: `Bearer ${accessToken}` });
    await statusOf({ cookie: `__Host-session-access=${accessToken}` });
    expect(fixture.calls).toEqual([]);
  });

  it.each(['access', 'refresh'] as const)(
    'an expired stolen %s token uses no quota of its session',
    async (kind) => {
      const old = await tokensOf('ada');
      const token = kind === 'access' ? old.accessToken : old.refreshToken;
      // The session continues: with refreshed tokens, or touched by its cookie.
      let pair = old;
      for (let day = 0; day < 8; day++) {
        fixture.clock.advance(86_400_000 - 1000);
        pair = await fixture.tokens.refresh(pair.refreshToken);
      }
      for (let i = 0; i < 2 * LIMIT; i++) {
        await post('/auth/refresh', { json: { refreshToken: token } });
        await send(`${fixture.url}/auth/csrf-token`, { token });
      }
      const { refreshToken } = pair;
      expect((await post('/auth/refresh', { json: { refreshToken } })).status).toBe(200);
    },
  );

  it('an unexpired access token is not accepted as a refresh token, nor a refresh token as an access token', async () => {
    await newWindow();
    const { accessToken, refreshToken } = await tokensOf('ada');
    for (let i = 0; i < 2 * LIMIT; i++) {
      await send(`${fixture.url}/auth/refresh`, {
        method: 'POST',
        json: { refreshToken: accessToken },
      });
      await statusOf({ authorization: `Bearer ${refreshToken}` });
    }
    expect(await statusOf({ authorization: `Bearer ${accessToken}` })).toBe(200);
  });
});

/** A login that is not public: as in an application before it used `globalGuards`. */
@Controller('office')
class OfficeController {
  @Post('login')
  @HttpCode(200)
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  @UseGuards(RateLimitGuard)
  login(): object {
    return {};
  }

  @Get('reports')
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  @UseGuards(RateLimitGuard, SessionGuard)
  reports(): object {
    return {};
  }
}

@Controller('archive')
@UseGuards(RateLimitGuard, SessionGuard)
class ArchiveController {
  @Get()
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  read(): object {
    return {};
  }
}

@Controller('plain')
class PlainController {
  @Get()
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  read(): object {
    return {};
  }
}

describe.each(ADAPTERS)('%s: a login that is not public', (adapter) => {
  let app: TestApp;
  let sessions: SessionService;

  beforeAll(async () => {
    const controllers = [OfficeController, ArchiveController];
    app = await startApp({ adapter, behindProxy: true, controllers });
    sessions = app.get(SessionService);
  });

  afterAll(() => app?.close());

  const ask = async (method: string, path: string, ip: string, cookie: string): Promise<number> => {
    const headers = { cookie, 'x-forwarded-for': ip };
    return (await send(app.url + path, { method, headers })).status;
  };
  const newCookie = async (): Promise<string> =>
    `__Host-session=${(await sessions.create({ transport: 'cookie', userId: 'mallory' })).secret}`;

  it('is limited by network, regardless of the number of sessions', async () => {
    const statuses = [];
    for (let i = 0; i < 2 * LIMIT; i++) {
      statuses.push(await ask('POST', '/office/login', '192.0.2.1', await newCookie()));
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it('is limited by session, regardless of the number of networks', async () => {
    const cookie = await newCookie();
    const statuses = [];
    for (let i = 0; i < 2 * LIMIT; i++) {
      statuses.push(await ask('POST', '/office/login', `192.0.2.${10 + i}`, cookie));
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });

  it.each(['/office/reports', '/archive'])(
    'a route behind SessionGuard is limited only by session: %s',
    async (path) => {
      for (let i = 0; i < 2 * LIMIT; i++) {
        expect(await ask('GET', path, '192.0.2.50', await newCookie())).toBe(200);
      }
    },
  );
});

describe.each(ADAPTERS)('%s: guards for all routes', (adapter) => {
  it.each<[string, (setup: object) => Promise<TestApp>]>([
    ['globalGuards', (setup) => startApp({ ...setup, options: { globalGuards: true } })],
    [
      'APP_GUARD',
      (setup) =>
        startApp({
          ...setup,
          providers: [RateLimitGuard, SessionGuard].map((useExisting) => ({
            provide: APP_GUARD,
            useExisting,
          })),
        }),
    ],
    [
      'useGlobalGuards',
      (setup) =>
        startApp({
          ...setup,
          configure: (app) => {
            app.useGlobalGuards(app.get(RateLimitGuard), app.get(SessionGuard));
          },
        }),
    ],
  ])('%s: users at one address have a quota each', async (_how, start) => {
    const app = await start({ adapter, controllers: [PlainController] });
    try {
      for (let user = 0; user < 2 * LIMIT; user++) {
        const { secret } = await app
          .get(SessionService)
          .create({ transport: 'cookie', userId: `user-${user}` });
        const headers = { cookie: `__Host-session=${secret}` };
        expect((await send(`${app.url}/plain`, { headers })).status).toBe(200);
      }
    } finally {
      await app.close();
    }
  });
});

@Controller('passport')
@UseGuards(AuthGuard('jwt'), RateLimitGuard)
class PassportController {
  @Get()
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  read(): object {
    return {};
  }
}

describe.each(ADAPTERS)("%s: RateLimitGuard behind AuthGuard('jwt')", (adapter) => {
  it('users at one address have a quota each', async () => {
    const app = await startApp({
      adapter,
      controllers: [PassportController],
      providers: [JwtStrategy],
    });
    try {
      for (let user = 0; user < 2 * LIMIT; user++) {
        const userId = `user-${user}`;
        const { tokens } = await app.get(SessionService).create({ transport: 'bearer', userId });
        const { accessToken: token } = tokens;
        expect((await send(`${app.url}/passport`, { token })).status).toBe(200);
      }
    } finally {
      await app.close();
    }
  });
});

@Controller('health')
@Public()
@SkipRateLimit()
class HealthController {
  @Get()
  live(): object {
    return {};
  }

  @Get('details')
  @RateLimit({ limit: LIMIT, windowSeconds: 60 })
  details(): object {
    return {};
  }
}

@Controller('status')
@Public()
@RateLimit({ limit: 1, windowSeconds: 60 })
class StatusController {
  @Get()
  status(): object {
    return {};
  }

  @Get('probe')
  @SkipRateLimit()
  probe(): object {
    return {};
  }
}

describe.each(ADAPTERS)('%s: @SkipRateLimit()', (adapter: Adapter) => {
  let app: TestApp;

  beforeAll(async () => {
    const options = { globalGuards: true, rateLimit: { limit: 1 } };
    app = await startApp({ adapter, controllers: [HealthController, StatusController], options });
  });

  afterAll(() => app?.close());

  it.each(['/health', '/status/probe'])(
    '%s is never limited, and sends no rate limit headers',
    async (path) => {
      for (let i = 0; i < 5; i++) {
        const { status, headers } = await send(app.url + path);
        expect([status, headers.get('ratelimit')]).toEqual([200, null]);
      }
    },
  );

  it('the limit of a handler overrides that of its controller', async () => {
    const statuses = [];
    for (let i = 0; i <= LIMIT; i++)
      statuses.push((await send(`${app.url}/health/details`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect((await send(`${app.url}/status`)).status).toBe(200);
    expect((await send(`${app.url}/status`)).status).toBe(429);
  });
});
