import { describe, expect, it } from '@jest/globals';
import type { BrowserCredential, SessionOptions } from 'nestjs-session-kit';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { SessionCookies } from '../../../lib/http/cookies/session-cookies.js';
import type { CookieRequest, RequestCredentials } from '../../../lib/http/request-credentials.js';
import { directoryOf, type MountedRoutes } from '../../../lib/http/adapter/mounted-routes.js';
import { SECRET } from '../fixtures.js';

interface Setup {
  readonly cookie?: NonNullable<SessionOptions['cookie']>;
  /** The path of `POST refresh`; null if it is not mounted. */
  readonly route?: string | null;
}

function cookiesOf({ cookie = {}, route = '/auth/refresh' }: Setup = {}): SessionCookies {
  const options = resolveOptions({ secret: SECRET, cookie }, false);
  const refreshMount = () => (route === null ? undefined : { route, ...directoryOf(route) });
  return new SessionCookies(options, { refreshMount } as unknown as MountedRoutes);
}

type Came = Partial<RequestCredentials['allCookies']>;

/** A request of `https://shop.example.com/api/login` with these cookies. */
function sent(
  came: Came = {},
  { origin = 'https://shop.example.com', path = '/api/login', setCookieCount = 0 } = {},
) {
  const allCookies = { session: [], access: [], refresh: [], csrf: [], ...came };
  const http = { origin, path, setCookieCount };
  return { http, credentials: { allCookies } } as unknown as CookieRequest;
}

const ALL = { session: ['s'], access: ['a'], refresh: ['r'], csrf: ['c'] };

const SECRET_COOKIE: BrowserCredential = { transport: 'cookie', secret: 'the-secret' };
const TOKENS: BrowserCredential = {
  transport: 'bearer-cookie',
  tokens: { accessToken: 'a.b.c', refreshToken: 'd.e.f', expiresIn: 3600, tokenType: 'Bearer' },
};
const tokensOf = (accessToken: string): BrowserCredential => ({
  ...TOKENS,
  tokens: { ...TOKENS.tokens, accessToken },
});
const attributesOf = (value: string): string =>
  value.replace(/=[^;]*/, '').replace('; Max-Age=0', '');
const CLEARED = '; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax';
const KEPT = '; Path=/; HttpOnly; Secure; SameSite=Lax';

describe('cookies of a session', () => {
  it('3.3.1 3.3.3 3.3.4 put a secret into one host-only cookie, and clear the others', () => {
    expect(cookiesOf().set(sent(ALL), SECRET_COOKIE)).toEqual([
      `__Host-session=the-secret${KEPT}`,
      `__Host-session-access=${CLEARED}`,
      `__Secure-session-refresh=${CLEARED.replace('Path=/', 'Path=/auth')}`,
      `__Host-csrf=${CLEARED}`,
    ]);
  });

  it('put tokens into two cookies, the refresh token below the path of the routes of the package', () => {
    expect(cookiesOf().set(sent(ALL), TOKENS)).toEqual([
      `__Host-session-access=a.b.c${KEPT}`,
      `__Secure-session-refresh=d.e.f${KEPT.replace('Path=/', 'Path=/auth')}`,
      `__Host-session=${CLEARED}`,
      `__Host-csrf=${CLEARED}`,
    ]);
  });

  it.each([SECRET_COOKIE, TOKENS])(
    'expire with a $transport session as configured',
    (credential) => {
      const ages = cookiesOf()
        .set(sent(ALL), credential, 90_500)
        .map((cookie) => /Max-Age=(\d+)/.exec(cookie)?.[1]);
      const kept = credential.transport === 'cookie' ? 1 : 2;
      expect(ages).toEqual(Array.from({ length: 4 }, (_, i) => (i < kept ? '90' : '0')));
      expect(cookiesOf().set(sent(ALL), credential).join()).not.toContain('Expires');
    },
  );

  it('14.3.1 are cleared by name with the attributes they were set with', () => {
    const cookies = cookiesOf();
    const set = [
      ...cookies.set(sent(), SECRET_COOKIE),
      ...cookies.set(sent(), TOKENS),
      ...cookies.setCsrf(sent(), 'x'),
    ];
    const kept = set.filter((cookie) => !cookie.includes('Max-Age=0')).map(attributesOf);
    expect(cookies.clear(sent(ALL)).map(attributesOf).toSorted()).toEqual(kept.toSorted());
    expect(cookies.clear(sent(ALL)).every((cookie) => /^[^=]+=; Max-Age=0;/.test(cookie))).toBe(
      true,
    );
  });

  it('include a CSRF cookie that ends when the browser is closed', () => {
    expect(cookiesOf().setCsrf(sent(), 'value')).toEqual([`__Host-csrf=value${KEPT}`]);
  });

  it('have the configured domain, path and SameSite', () => {
    const cookie = {
      name: '__Secure-shop',
      domain: 'example.com',
      path: '/shop',
      sameSite: 'strict',
    } as const;
    expect(cookiesOf({ cookie }).set(sent(), SECRET_COOKIE)[0]).toBe(
      '__Secure-shop=the-secret; Domain=example.com; Path=/shop; HttpOnly; Secure; SameSite=Strict',
    );
  });

  it('have the attribute Partitioned if configured, and are cleared with it', () => {
    const cookies = cookiesOf({ cookie: { partitioned: true } });
    const lines = [
      ...cookies.set(sent(ALL), TOKENS),
      ...cookies.set(sent(ALL), SECRET_COOKIE),
      ...cookies.setCsrf(sent(), 'x'),
      ...cookies.clear(sent(ALL)),
    ];
    expect(lines.filter((line) => !line.includes('; Partitioned'))).toEqual([]);
  });

  it('have no prefix without Secure', () => {
    expect(cookiesOf({ cookie: { secure: false } }).set(sent(), SECRET_COOKIE)[0]).toBe(
      'session=the-secret; Path=/; HttpOnly; SameSite=Lax',
    );
  });
});

const scopesOf = (lines: readonly string[]): string[] =>
  lines.map((line) => {
    const domain = /Domain=([^;]+)/.exec(line)?.[1] ?? 'host';
    return `${domain} ${/Path=([^;]+)/.exec(line)?.[1]}`;
  });

const namesOf = (lines: readonly string[]): (string | undefined)[] =>
  lines.map((line) => /^[^=]+/.exec(line)?.[0]);

describe('cleared cookies', () => {
  it('are those in the request, the refresh cookie with the access cookie', () => {
    const cookies = cookiesOf();
    expect(cookies.set(sent(), SECRET_COOKIE)).toHaveLength(1);
    expect(cookies.set(sent(), TOKENS)).toHaveLength(2);
    expect(namesOf(cookies.set(sent({ access: ['a'] }), SECRET_COOKIE))).toEqual([
      '__Host-session',
      '__Host-session-access',
      '__Secure-session-refresh',
    ]);
    expect(namesOf(cookies.clear(sent({ session: ['s'] })))).toEqual(['__Host-session']);
    expect(namesOf(cookies.clear(sent({ csrf: ['c'] })))).toEqual(['__Host-csrf']);
    expect(cookies.clear(sent())).toEqual([]);
  });
});

describe('a duplicate cookie', () => {
  const TWICE = { session: ['one', 'two'] };
  const shop = { name: '__Secure-shop', domain: 'example.com', path: '/api' } as const;

  it('is cleared for this host and each domain above it, and for each prefix of the path', () => {
    const scopes = scopesOf(cookiesOf({ cookie: { name: '__Secure-shop' } }).clear(sent(TWICE)));
    for (const domain of ['host', 'shop.example.com', 'example.com']) {
      for (const path of ['/', '/api', '/api/login', '/auth']) {
        expect(scopes).toContain(`${domain} ${path}`);
      }
    }
    expect(scopes).not.toContain('com /');
  });

  it('is cleared in the configured scope and on this host first', () => {
    expect(scopesOf(cookiesOf({ cookie: shop }).clear(sent(TWICE))).slice(0, 4)).toEqual([
      'example.com /api',
      'example.com /',
      'host /api',
      'example.com /api/login',
    ]);
  });

  it('is cleared before it is set, and in the configured scope only if Partitioned distinguishes them', () => {
    const lines = cookiesOf({ cookie: shop }).set(sent(TWICE), SECRET_COOKIE);
    const [set, ...others] = lines.toReversed();
    expect(set).toContain('__Secure-shop=the-secret; Domain=example.com; Path=/api;');
    const own = others.filter((line) => line.includes('Domain=example.com; Path=/api; '));
    expect(own).toEqual([expect.stringContaining('Partitioned')]);
    expect(others.every((line) => line.startsWith('__Secure-shop=; Max-Age=0;'))).toBe(true);
  });

  it('produces at most 16 Set-Cookie lines, including the new cookies, shared equally by name', () => {
    const many = { access: ['1', '2'], refresh: ['3', '4'], csrf: ['5', '6'] };
    const path = `/${'a/'.repeat(2000)}`;
    const lines = cookiesOf({ cookie: shop }).set(sent(many, { path }), TOKENS);
    expect(lines).toHaveLength(16);
    expect(new Set(namesOf(lines))).toEqual(
      new Set(['__Secure-shop-access', '__Secure-shop-refresh', '__Secure-shop-csrf']),
    );
    expect(lines.filter((line) => line.startsWith('__Secure-shop-csrf')).length).toBeGreaterThan(3);
  });

  it.each([
    [10, 6],
    [14, 2],
    // The new cookies are set in any case.
    [15, 2],
    [20, 2],
  ])('counts the %i lines that the response has already', (setCookieCount, added) => {
    const cookies = cookiesOf({ cookie: shop });
    const lines = cookies.set(sent({ access: ['1', '2'] }, { setCookieCount }), TOKENS);
    expect(lines).toHaveLength(added);
    expect(lines.slice(-2)).toEqual([
      expect.stringContaining('__Secure-shop-access=a.b.c;'),
      expect.stringContaining('__Secure-shop-refresh=d.e.f;'),
    ]);
  });

  it('is cleared alone, with the refresh cookie that has the scopes of the access cookie', () => {
    const cookies = cookiesOf({ cookie: shop });
    expect(cookies.clearRepeated(sent(ALL))).toEqual([]);
    const lines = cookies.clearRepeated(sent({ ...ALL, access: ['one', 'two'] }));
    expect(new Set(namesOf(lines))).toEqual(
      new Set(['__Secure-shop-access', '__Secure-shop-refresh']),
    );
    expect(scopesOf(lines)).toContain('example.com /api');
  });

  it('is cleared before login too: a CSRF token could be bound to neither', () => {
    const cookies = cookiesOf({ cookie: shop });
    const csrf = ['one', 'two'];
    const lines = cookies.setCsrf(sent({ ...TWICE, csrf }), 'value');
    const [set, ...others] = lines.toReversed();
    expect(set).toMatch(/^__Secure-shop-csrf=value;/);
    expect(others.length).toBeGreaterThan(3);
    expect(others.every((line) => line.startsWith('__Secure-shop-csrf=; Max-Age=0;'))).toBe(true);
  });

  it('with the prefix __Host- is cleared once with and once without Partitioned', () => {
    const lines = cookiesOf().clear(sent(TWICE));
    expect(lines.map((line) => line.includes('Partitioned'))).toEqual([true, false]);
    const partitioned = cookiesOf({ cookie: { partitioned: true } }).clear(sent(TWICE));
    expect(partitioned.map((line) => line.includes('Partitioned'))).toEqual([false, true]);
  });

  it.each([
    ['an address', 'https://192.0.2.7:8443'],
    ['an IPv6 address', 'https://[2001:db8::1]'],
    ['a host that is not valid in a URL', 'https://a b'],
    ['a name without dots', 'http://localhost:3000'],
    ['a name that is not a domain', 'https://my_shop.example.com'],
    ['a name with a final dot', 'https://shop.example.com.'],
  ])('on %s is cleared without a domain', (_host, origin) => {
    const lines = cookiesOf({ cookie: { name: '__Secure-shop' } }).clear(sent(TWICE, { origin }));
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join()).not.toContain('Domain=');
  });

  it('is cleared for the root if the request has a path that a cookie cannot have', () => {
    const lines = cookiesOf({ cookie: { name: '__Secure-shop', secure: false } }).clear(
      sent(TWICE, { path: '/a;b<c' }),
    );
    expect(scopesOf(lines)).toContain('host /');
    expect(lines.join()).not.toContain('b<c');
  });
});

describe('path of the refresh cookie', () => {
  it.each<[what: string, setup: Setup, path: string]>([
    ['is the path of the routes', {}, '/auth'],
    ['is the path of the routes below a prefix', { route: '/api/v2/auth/refresh' }, '/api/v2/auth'],
    ['is the root if the routes are at the root', { route: '/refresh' }, '/'],
    ['is percent-encoded', { route: '/konto für/refresh' }, '/konto%20f%C3%BCr'],
    ['is unchanged if it is percent-encoded', { route: '/a%20b/refresh' }, '/a%20b'],
    ['is cut before a parameter', { route: '/api/:tenant/auth/refresh' }, '/api'],
    ['is cut before the segment of a parameter', { route: '/api/v:version/auth/refresh' }, '/api'],
    ['is cut before an optional group', { route: '/api{/:tenant}/auth/refresh' }, '/'],
    ['is the root if a parameter comes first', { route: '/:tenant/auth/refresh' }, '/'],
    ['is cut before a semicolon, which would end it', { route: '/a/b;c/refresh' }, '/a'],
    ['is the root if no routes are mounted', { route: null }, '/'],
    ['is the configured path', { cookie: { refreshPath: '/x/auth' } }, '/x/auth'],
  ])('is %s', (_what, setup, path) => {
    expect(cookiesOf(setup).set(sent(), TOKENS)[1]).toContain(`; Path=${path};`);
    expect(cookiesOf(setup).clear(sent(ALL))[2]).toContain(`; Path=${path};`);
  });
});

describe('3.3.5 a cookie longer than the limit of browsers', () => {
  const name = '__Host-session-access';

  it('is set up to 4096 bytes of name and value', () => {
    const longest = 'a'.repeat(4096 - name.length);
    expect(cookiesOf().set(sent(), tokensOf(longest))[0]).toContain(`${name}=${longest};`);
  });

  it('causes a TypeError that explains the fix and repeats no value', () => {
    const tooLong = 'a'.repeat(4097 - name.length);
    let error: unknown;
    try {
      cookiesOf().set(sent(), tokensOf(tooLong));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain('4097 bytes');
    expect((error as Error).message).toContain('session data');
    expect((error as Error).message).not.toContain('aaaa');
  });
});
