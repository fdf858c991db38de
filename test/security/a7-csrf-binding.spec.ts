import { beforeEach, describe, expect, it } from '@jest/globals';
import { useBrowserApp } from '../support/apps/use-browser-app.js';
import { secretOf } from '../support/secret-of.js';
import type { Browser } from '../support/browser-client.js';
import { ADAPTERS } from '../support/test-app.js';
import { AttackTargetController } from '../support/apps/attack-target.controller.js';

const TRANSFER = '/target/transfer';
const SESSION = '__Host-session';
const ACCESS = '__Host-session-access';
const REFRESH = '__Secure-session-refresh';
const CSRF = '__Host-csrf';
const HOUR_MS = 3_600_000;

/** The cookies with these names, as the browser sends them. */
async function cookieOf(browser: Browser, ...names: string[]): Promise<string> {
  const pairs = [];
  for (const name of names) pairs.push(`${name}=${await browser.cookie(name)}`);
  return pairs.join('; ');
}

describe.each(ADAPTERS)('%s: the binding of a CSRF token', (adapter) => {
  const fixture = useBrowserApp(
    { adapter, store: 'memory' },
    { controllers: [AttackTargetController] },
  );
  /** An application with the same names and other keys, like a node of another deployment. */
  const other = useBrowserApp(
    { adapter, store: 'memory' },
    { options: { secret: secretOf('other') } },
  );
  let victim: Browser;

  beforeEach(async () => {
    victim = await fixture.loggedIn();
  });

  const tokensOf = async (userId: string, from = fixture) => {
    const browser = await from.loggedIn({ transport: 'bearer-cookie', userId });
    const [accessToken, refreshToken] = [
      await browser.cookie(ACCESS),
      await browser.cookie(REFRESH),
    ];
    return { accessToken: accessToken!, refreshToken: refreshToken! };
  };
  /** Posts with only these cookies. */
  const post = async (path: string, cookie: string, csrf: string, json?: object) => {
    const sent = json === undefined ? {} : { json };
    const { status, body } = await fixture.browser().post(path, { cookie, csrf, ...sent });
    return [status, body?.['code']];
  };
  const csrfFor = (cookie: string): Promise<string> => fixture.browser().csrfToken(cookie);
  /** A visitor with these cookies and the pre-login cookie. */
  const visitorWith = async (cookie: string): Promise<{ cookie: string; csrf: string }> => {
    const visitor = fixture.browser();
    const csrf = await visitor.csrfToken(cookie);
    return { cookie: `${cookie}; ${CSRF}=${await visitor.cookie(CSRF)}`, csrf };
  };

  it.each(['cookie', 'bearer-cookie'] as const)(
    'a planted refresh cookie makes no token valid for a victim with %s',
    async (transport) => {
      victim = await fixture.loggedIn({ transport });
      const own = await cookieOf(victim, transport === 'cookie' ? SESSION : ACCESS);
      const planted = `${REFRESH}=${(await tokensOf('mallory')).refreshToken}`;
      const mallory = fixture.browser();
      const csrf = await mallory.csrfToken(planted);
      const cookies = `${own}; ${planted}`;
      expect(await post(TRANSFER, cookies, csrf)).toEqual([403, 'CSRF_REJECTED']);
      expect(await post('/target/subscribe', cookies, csrf)).toEqual([403, 'CSRF_REJECTED']);
      expect(await post('/auth/logout', cookies, csrf)).toEqual([403, 'CSRF_REJECTED']);
      // The planted cookie does not block the victim either.
      expect((await post(TRANSFER, cookies, await csrfFor(cookies)))[0]).toBe(200);
    },
  );

  it('a planted expired access cookie makes no token valid, and none invalid', async () => {
    const planted = `${ACCESS}=${(await tokensOf('mallory')).accessToken}`;
    fixture.clock.advance(HOUR_MS);
    const csrf = await csrfFor(planted);
    const cookies = `${planted}; ${await cookieOf(victim, SESSION)}`;
    expect(await post(TRANSFER, cookies, csrf)).toEqual([403, 'CSRF_REJECTED']);
    expect((await post(TRANSFER, cookies, await csrfFor(cookies)))[0]).toBe(200);
  });

  it('a refresh token in the access cookie authenticates nothing', async () => {
    const { refreshToken } = await tokensOf('ada');
    const { setCookies } = await fixture
      .browser()
      .get('/auth/csrf-token', { cookie: `${ACCESS}=${refreshToken}` });
    expect(setCookies.join()).toContain(`${CSRF}=`);
  });

  it('a login outside the path of a lone refresh cookie accepts the token', async () => {
    const browser = await fixture.loggedIn({ transport: 'bearer-cookie' });
    await browser.jar.setCookie(`${ACCESS}=; Max-Age=0; Path=/; Secure`, 'https://app.example/');
    expect(await browser.cookie(ACCESS)).toBeUndefined();
    expect(await browser.cookie(REFRESH)).toBeDefined();
    expect((await browser.act('/login')).status).toBe(200);
  });

  it('a refresh and a logout with a lone refresh cookie accept the token', async () => {
    const { refreshToken } = await tokensOf('bob');
    const { cookie, csrf } = await visitorWith(`${REFRESH}=${refreshToken}`);
    expect((await post('/auth/refresh', cookie, csrf))[0]).toBe(200);
    expect((await post('/auth/logout', cookie, csrf))[0]).toBe(200);
    expect(await fixture.sessions.list('bob')).toEqual([]);
  });

  it.each(['/login', '/auth/refresh', '/auth/logout'])(
    'a token bound to an access cookie that this node cannot read is accepted by %s',
    async (path) => {
      const { accessToken } = await tokensOf('ada', other);
      const { refreshToken } = await tokensOf('ada');
      const { cookie, csrf } = await visitorWith(
        `${ACCESS}=${accessToken}; ${REFRESH}=${refreshToken}`,
      );
      expect((await post(path, cookie, csrf))[0]).toBe(200);
    },
  );

  it.each(['/login', '/auth/logout'])(
    'a token bound to one of two session cookies is accepted by %s and by no guarded route',
    async (path) => {
      const second = (await fixture.sessions.create({ transport: 'cookie', userId: 'mallory' }))
        .secret;
      const both = `${await cookieOf(victim, SESSION)}; ${SESSION}=${second}`;
      const { cookie, csrf } = await visitorWith(both);
      expect(await post(TRANSFER, cookie, csrf)).toEqual([401, 'TOKEN_INVALID']);
      expect((await post(path, cookie, csrf))[0]).toBe(200);
    },
  );

  it.each([
    ['two access cookies beside a session cookie', ACCESS, SESSION],
    ['two session cookies beside an access cookie', SESSION, ACCESS],
  ])('a token for %s is bound to the pre-login cookie', async (_what, repeated, single) => {
    const bearer = await fixture.loggedIn({ transport: 'bearer-cookie' });
    const own: Record<string, string> = {
      [SESSION]: await cookieOf(victim, SESSION),
      [ACCESS]: await cookieOf(bearer, ACCESS),
    };
    const { cookie, csrf } = await visitorWith(
      `${own[single]}; ${own[repeated]}; ${own[repeated]}`,
    );
    expect(await post(TRANSFER, own[single]!, csrf)).toEqual([403, 'CSRF_REJECTED']);
    expect(await post('/auth/logout', cookie, await csrfFor(own[single]!))).toEqual([
      403,
      'CSRF_REJECTED',
    ]);
    expect((await post('/auth/logout', cookie, csrf))[0]).toBe(200);
  });

  it.each(['x', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}%`])(
    'a pre-login cookie that the package did not set, such as %s, is replaced',
    async (value) => {
      const visitor = fixture.browser();
      await visitor.csrfToken(`${CSRF}=${value}`);
      expect(await visitor.cookie(CSRF)).toMatch(/^[\w-]{22}$/);
    },
  );

  it('a pre-login token bound to a planted cookie is refused on guarded routes', async () => {
    const mallory = fixture.browser();
    const csrf = await mallory.csrfToken();
    const cookies = `${await cookieOf(victim, SESSION)}; ${await cookieOf(mallory, CSRF)}`;
    expect(await post(TRANSFER, cookies, csrf)).toEqual([403, 'CSRF_REJECTED']);
  });

  it('a token outlives access tokens and refreshes of its session', async () => {
    const browser = await fixture.loggedIn({ transport: 'bearer-cookie' });
    const csrf = await browser.csrfToken();
    for (let round = 0; round < 3; round++) {
      fixture.clock.advance(HOUR_MS);
      expect((await browser.post('/auth/refresh', { csrf })).status).toBe(200);
      expect((await browser.post(TRANSFER, { csrf })).status).toBe(200);
    }
    fixture.clock.advance(HOUR_MS);
    expect(await browser.csrfToken()).not.toBe(csrf);
    expect((await browser.act('/auth/logout')).status).toBe(200);
  });

  it('a token ends with the next proof of identity', async () => {
    const browser = await fixture.loggedIn({ transport: 'bearer-cookie' });
    const csrf = await browser.csrfToken();
    fixture.clock.advance(1000);
    expect((await browser.act('/confirm')).status).toBe(200);
    const { status, body } = await browser.post(TRANSFER, { csrf });
    expect([status, body['code']]).toEqual([403, 'CSRF_REJECTED']);
    expect((await browser.act(TRANSFER)).status).toBe(200);
  });

  it('csrf-token reads nothing from the store for any credentials', async () => {
    const pair = await tokensOf('ada');
    const bearer = await fixture.loggedIn({ transport: 'bearer-cookie' });
    const cookies = [
      await cookieOf(victim, SESSION),
      await cookieOf(bearer, ACCESS, REFRESH),
      `${REFRESH}=${pair.refreshToken}`,
      `${ACCESS}=junk`,
      '',
    ];
    fixture.calls.length = 0;
    for (const cookie of cookies) await fixture.browser().csrfToken(cookie);
    expect(fixture.calls).toEqual([]);
  });
});
