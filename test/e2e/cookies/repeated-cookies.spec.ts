import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import {
  CsrfService,
  Exchange,
  type HttpExchange,
  memoryBackend,
  type SessionModuleOptions,
  SessionService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { Browser } from '../../support/browser-client.js';
import { startRedis } from '../../support/redis/redis-server.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { send } from '../../support/http-client.js';
import { ADAPTERS, startApp, type TestApp } from '../../support/test-app.js';
import { logIn, useBrowserApp } from '../../support/apps/use-browser-app.js';
import {
  BrowserAppController,
  type BrowserLogin,
} from '../../support/apps/browser-app.controller.js';

type CookieOptions = NonNullable<SessionModuleOptions['cookie']>;

interface Change {
  readonly before: CookieOptions;
  readonly after: CookieOptions;
  readonly login: BrowserLogin;
}

const name = '__Secure-shop';
const BEARER_COOKIE = { transport: 'bearer-cookie' } as const;

const CHANGES: [what: string, change: Change][] = [
  [
    'cookie.domain was set',
    { before: { name }, after: { name, domain: 'app.example' }, login: {} },
  ],
  [
    'cookie.domain was removed',
    { before: { name, domain: 'app.example' }, after: { name }, login: BEARER_COOKIE },
  ],
  ['cookie.path was widened', { before: { name, path: '/shop' }, after: { name }, login: {} }],
  [
    'cookie.path was narrowed',
    { before: { name }, after: { name, path: '/shop' }, login: BEARER_COOKIE },
  ],
  [
    'domain and path were changed together',
    { before: { name }, after: { name, domain: 'app.example', path: '/shop' }, login: {} },
  ],
];

const browserOf = ({ url }: TestApp, jar?: Browser['jar']) =>
  new Browser(url, '/shop/auth', jar, 'https://www.app.example');

const open = (browser: Browser, json: BrowserLogin) => browser.act('/shop/login', { json });

describe.each(MATRIX)(
  '$adapter with $store: a browser with cookies of two deployments',
  (entry) => {
    const started: { close(): Promise<void> }[] = [];

    afterEach(async () => {
      for (const one of started.splice(0)) await one.close();
    });

    /** Starts deployments of one shop below /shop on one store. */
    async function deployments(...cookies: readonly CookieOptions[]): Promise<TestApp[]> {
      const clock = new FakeClock();
      const redis = entry.store === 'redis' ? await startRedis() : undefined;
      const keyPrefix = `sk-${randomUUID()}:`;
      const store = redis
        ? { redis: redis.connection }
        : { store: memoryBackend({ clock, maxSessions: 99 }) };
      const apps: TestApp[] = [];
      for (const cookie of cookies) {
        const app = await startApp({
          adapter: entry.adapter,
          clock,
          controllers: [BrowserAppController],
          options: { globalGuards: true, rateLimit: false, keyPrefix, cookie, ...store },
          configure: (nest) => nest.setGlobalPrefix('shop'),
        });
        apps.push(app);
        started.push(app);
      }
      if (redis) started.push({ close: () => redis.stop() });
      return apps;
    }

    /** Returns a browser that logged in at both deployments and is refused since then. */
    async function refused({ before, after, login }: Change): Promise<[Browser, SessionService]> {
      const [old, fresh] = (await deployments(before, after)) as [TestApp, TestApp];
      const first = browserOf(old);
      await open(first, login);
      const browser = browserOf(fresh, first.jar);
      expect((await browser.get('/shop/me')).status).toBe(200);
      await open(browser, login);
      const { status, body, setCookies } = await browser.get('/shop/me');
      expect([status, body['code'], setCookies]).toEqual([401, 'TOKEN_INVALID', []]);
      return [browser, fresh.get(SessionService)];
    }

    it.each(CHANGES)('because %s is accepted after its next login', async (_what, change) => {
      const [browser, sessions] = await refused(change);
      const { status, setCookies } = await open(browser, change.login);
      expect(status).toBe(200);
      expect(setCookies.length).toBeLessThanOrEqual(16);
      expect((await browser.get('/shop/me')).status).toBe(200);
      const names = (await browser.cookies()).map(({ key }) => key);
      expect(names).toHaveLength(new Set(names).size);
      expect(await sessions.list('ada')).toHaveLength(1);
      const { transport } = change.login;
      const refreshed = await browser.act('/shop/auth/refresh');
      expect(refreshed.status).toBe(transport === 'bearer-cookie' ? 200 : 400);
    });

    it.each(CHANGES)('because %s is logged out by a logout', async (_what, change) => {
      const [browser, sessions] = await refused(change);
      expect((await browser.act('/shop/auth/logout')).status).toBe(200);
      const left = (await browser.cookies()).map(({ key }) => key);
      expect(left.filter((key) => !key.endsWith('csrf'))).toEqual([]);
      expect(await sessions.list('ada')).toEqual([]);
      await open(browser, change.login);
      expect((await browser.get('/shop/me')).status).toBe(200);
    });

    it('because cookie.refreshPath was changed refreshes again after its next login', async () => {
      const [old, fresh] = (await deployments({}, { refreshPath: '/' })) as [TestApp, TestApp];
      const first = browserOf(old);
      await open(first, BEARER_COOKIE);
      const browser = browserOf(fresh, first.jar);
      await open(browser, BEARER_COOKIE);
      const refused = await browser.act('/shop/auth/refresh');
      expect([refused.status, refused.body['code']]).toEqual([401, 'TOKEN_INVALID']);
      expect((await browser.cookies()).map(({ key }) => key)).toEqual(['__Host-session-access']);
      await open(browser, BEARER_COOKIE);
      expect((await browser.act('/shop/auth/refresh')).status).toBe(200);
      expect(await fresh.get(SessionService).list('ada')).toHaveLength(1);
    });
  },
);

describe.each(MATRIX)('$adapter with $store: two cookies with one name', (entry) => {
  const fixture = useBrowserApp(entry);

  /** Returns the cookies of two browsers as one header, and a CSRF token for it. */
  async function both(transport: 'cookie' | 'bearer-cookie', userIds: readonly [string, string]) {
    const cookies: string[] = [];
    for (const userId of userIds) {
      const browser = await fixture.loggedIn({ userId, transport });
      for (const { key, value } of await browser.cookies()) cookies.push(`${key}=${value}`);
    }
    const visitor = fixture.browser();
    const csrf = await visitor.csrfToken(cookies.join('; '));
    const binding = await visitor.cookie('__Host-csrf');
    return { csrf, cookie: [...cookies, `__Host-csrf=${binding}`].join('; ') };
  }

  const live = async (...userIds: string[]): Promise<number[]> =>
    Promise.all(userIds.map(async (id) => (await fixture.sessions.list(id)).length));

  it.each(['cookie', 'bearer-cookie'] as const)(
    '7.4.1 end both %s sessions at a logout',
    async (transport) => {
      const users = [randomUUID(), randomUUID()] as const;
      const sent = await both(transport, users);
      expect((await fixture.browser().post('/auth/logout', sent)).status).toBe(200);
      expect(await live(...users)).toEqual([0, 0]);
    },
  );

  it.each(['cookie', 'bearer-cookie'] as const)(
    '7.2.4 end both %s sessions at a login',
    async (transport) => {
      const users = [randomUUID(), randomUUID()] as const;
      const sent = await both(transport, users);
      const json = { userId: randomUUID() };
      expect((await fixture.browser().post('/login', { ...sent, json })).status).toBe(200);
      expect(await live(...users, json.userId)).toEqual([0, 0, 1]);
    },
  );

  it('7.4.1 end three sessions at a logout with a bearer token beside them', async () => {
    const users = [randomUUID(), randomUUID()] as const;
    const { cookie } = await both('cookie', users);
    const mine = randomUUID();
    const login = await logIn(fixture.browser(), { userId: mine, transport: 'bearer' });
    const token = String(login.body['accessToken']);
    expect((await fixture.browser().post('/auth/logout', { cookie, token })).status).toBe(200);
    expect(await live(...users, mine)).toEqual([0, 0, 0]);
  });

  it('7.4.1 end both sessions at a logout if they are refresh cookies alone', async () => {
    const users = [randomUUID(), randomUUID()] as const;
    const sent = await both('bearer-cookie', users);
    const cookie = sent.cookie.replaceAll(/__Host-session-access=[^;]*(; )?/g, '');
    expect((await fixture.browser().post('/auth/logout', { ...sent, cookie })).status).toBe(200);
    expect(await live(...users)).toEqual([0, 0]);
  });

  it('end the session of the valid one at a logout if the other is invalid', async () => {
    const userId = randomUUID();
    const browser = await fixture.loggedIn({ userId });
    const secret = await browser.cookie('__Host-session');
    const cookie = `__Host-session=planted; __Host-session=${secret}`;
    const csrf = await browser.csrfToken(cookie);
    const sent = { csrf, cookie: `${cookie}; __Host-csrf=${await browser.cookie('__Host-csrf')}` };
    expect((await browser.post('/auth/logout', sent)).status).toBe(200);
    expect(await live(userId)).toEqual([0]);
  });

  it('are cleared by a login with tokens in the body, so that the tokens are accepted', async () => {
    const users = [randomUUID(), randomUUID()] as const;
    const { cookie, csrf } = await both('cookie', users);
    const json = { userId: randomUUID(), transport: 'bearer' };
    const { body, setCookies } = await fixture.browser().post('/login', { cookie, csrf, json });
    const token = String(body['accessToken']);
    expect((await fixture.browser().get('/me', { cookie, token })).status).toBe(401);
    const cleared = setCookies.filter((line) => line.includes('Max-Age=0'));
    expect(cleared.length).toBeGreaterThan(0);
    expect(setCookies.filter((line) => !line.startsWith('__Host-session=;'))).toEqual([]);
    // Like every login with tokens, it ends no session of a cookie.
    expect(await live(...users)).toEqual([1, 1]);
  });

  it('are refused by guards, which clear no cookie', async () => {
    const { cookie, csrf } = await both('cookie', [randomUUID(), randomUUID()]);
    for (const answer of [
      await fixture.browser().get('/me', { cookie }),
      await fixture.browser().post('/confirm', { cookie, csrf }),
    ]) {
      expect([answer.status, answer.body['code']]).toEqual([401, 'TOKEN_INVALID']);
      expect(answer.setCookies).toEqual([]);
    }
  });
});

/** Sets cookies in several calls, and one of its own. */
@Controller()
class SeveralController {
  constructor(
    private readonly sessions: SessionService,
    private readonly csrf: CsrfService,
  ) {}

  @Post('several')
  async several(@Exchange() http: HttpExchange): Promise<object> {
    http.appendHeader('Set-Cookie', 'theme=dark');
    this.csrf.issue(http);
    await this.sessions.logout(http);
    return this.sessions.login(http, { transport: 'bearer-cookie', userId: 'ada' });
  }
}

describe.each(ADAPTERS)('%s: a handler that sets cookies in several calls', (adapter) => {
  const fixture = useFixture(
    { adapter, store: 'memory' },
    {
      controllers: [SeveralController],
      options: { cookie: { name, domain: 'app.example', path: '/shop' } },
    },
  );

  it('sends 16 lines and the new cookies at most, whatever came twice', async () => {
    const names = [name, `${name}-access`, `${name}-refresh`, `${name}-csrf`];
    const cookie = names.flatMap((key) => [`${key}=one`, `${key}=two`]).join('; ');
    const { headers } = await send(`${fixture.url}/several`, {
      method: 'POST',
      headers: { cookie },
    });
    const lines = headers.getSetCookie();
    expect(lines.length).toBeLessThanOrEqual(16 + 4);
    expect(lines[0]).toBe('theme=dark');
    expect(lines.filter((line) => line.includes('Max-Age=0')).length).toBeGreaterThan(10);
    for (const key of [`${name}-access`, `${name}-refresh`]) {
      expect(lines.findLast((line) => line.startsWith(`${key}=`))).not.toContain('Max-Age=0');
    }
  });
});
