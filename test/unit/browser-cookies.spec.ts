import { describe, expect, it } from '@jest/globals';
import type { BrowserCredential, SessionOptions } from 'nestjs-session-kit';
import { resolveOptions } from '../../lib/options/resolve-options.js';
import { BrowserCookies } from '../../lib/transport/browser-cookies.js';
import { directoryOf, type MountedRoutes } from '../../lib/transport/mounted-routes.js';
import { SECRET } from './fixtures.js';

interface Setup {
  readonly cookie?: NonNullable<SessionOptions['cookie']>;
  /** Where `POST refresh` is mounted; null where it is not. */
  readonly route?: string | null;
}

function cookiesOf({ cookie = {}, route = '/auth/refresh' }: Setup = {}): BrowserCookies {
  const options = resolveOptions({ secret: SECRET, cookie }, false);
  const refreshMount = () => (route === null ? undefined : { route, ...directoryOf(route) });
  return new BrowserCookies(options, { refreshMount } as unknown as MountedRoutes);
}

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
  it('3.3.1 3.3.3 3.3.4 a secret goes into one host-only cookie, and the others are cleared', () => {
    expect(cookiesOf().set(SECRET_COOKIE)).toEqual([
      `__Host-session=the-secret${KEPT}`,
      `__Host-session-access=${CLEARED}`,
      `__Secure-session-refresh=${CLEARED.replace('Path=/', 'Path=/auth')}`,
      `__Host-csrf=${CLEARED}`,
    ]);
  });

  it('tokens go into two, the refresh token where the routes of the kit alone get it', () => {
    expect(cookiesOf().set(TOKENS)).toEqual([
      `__Host-session-access=a.b.c${KEPT}`,
      `__Secure-session-refresh=d.e.f${KEPT.replace('Path=/', 'Path=/auth')}`,
      `__Host-session=${CLEARED}`,
      `__Host-csrf=${CLEARED}`,
    ]);
  });

  it.each([SECRET_COOKIE, TOKENS])('of $transport live as long as they are told', (credential) => {
    const ages = cookiesOf()
      .set(credential, 90_500)
      .map((cookie) => /Max-Age=(\d+)/.exec(cookie)?.[1]);
    const kept = credential.transport === 'cookie' ? 1 : 2;
    expect(ages).toEqual(Array.from({ length: 4 }, (_, i) => (i < kept ? '90' : '0')));
    expect(cookiesOf().set(credential).join()).not.toContain('Expires');
  });

  it('14.3.1 clearing names every cookie with the attributes it was set with', () => {
    const cookies = cookiesOf();
    const set = [...cookies.set(SECRET_COOKIE), ...cookies.set(TOKENS), cookies.setCsrf('x')];
    const kept = set.filter((cookie) => !cookie.includes('Max-Age=0')).map(attributesOf);
    expect(cookies.clear().map(attributesOf).toSorted()).toEqual(kept.toSorted());
    expect(cookies.clear().every((cookie) => /^[^=]+=; Max-Age=0;/.test(cookie))).toBe(true);
  });

  it('the cookie that binds CSRF tokens goes when the browser is closed', () => {
    expect(cookiesOf().setCsrf('value')).toBe(`__Host-csrf=value${KEPT}`);
  });

  it('have the domain, path and SameSite of the app', () => {
    const cookie = {
      name: '__Secure-shop',
      domain: 'example.com',
      path: '/shop',
      sameSite: 'strict',
    } as const;
    expect(cookiesOf({ cookie }).set(SECRET_COOKIE)[0]).toBe(
      '__Secure-shop=the-secret; Domain=example.com; Path=/shop; HttpOnly; Secure; SameSite=Strict',
    );
  });

  it('without Secure have no prefix', () => {
    expect(cookiesOf({ cookie: { secure: false } }).set(SECRET_COOKIE)[0]).toBe(
      'session=the-secret; Path=/; HttpOnly; SameSite=Lax',
    );
  });
});

describe('path of the refresh cookie', () => {
  it.each<[what: string, setup: Setup, path: string]>([
    ['the one of the routes', {}, '/auth'],
    ['the one below a prefix', { route: '/api/v2/auth/refresh' }, '/api/v2/auth'],
    ['the root for routes at the root', { route: '/refresh' }, '/'],
    ['written with the escapes of a URL', { route: '/konto für/refresh' }, '/konto%20f%C3%BCr'],
    ['left alone where it has escapes', { route: '/a%20b/refresh' }, '/a%20b'],
    ['cut before a parameter', { route: '/api/:tenant/auth/refresh' }, '/api'],
    ['cut before the segment of a parameter', { route: '/api/v:version/auth/refresh' }, '/api'],
    ['cut before an optional group', { route: '/api{/:tenant}/auth/refresh' }, '/'],
    ['the root where a parameter comes first', { route: '/:tenant/auth/refresh' }, '/'],
    ['cut before a semicolon, which ends it', { route: '/a/b;c/refresh' }, '/a'],
    ['the root where no routes are mounted', { route: null }, '/'],
    ['what the app says', { cookie: { refreshPath: '/x/auth' } }, '/x/auth'],
  ])('is %s', (_what, setup, path) => {
    expect(cookiesOf(setup).set(TOKENS)[1]).toContain(`; Path=${path};`);
    expect(cookiesOf(setup).clear()[2]).toContain(`; Path=${path};`);
  });
});

describe('3.3.5 a cookie longer than browsers keep', () => {
  const name = '__Host-session-access';

  it('is set up to 4096 bytes of name and value', () => {
    const longest = 'a'.repeat(4096 - name.length);
    expect(cookiesOf().set(tokensOf(longest))[0]).toContain(`${name}=${longest};`);
  });

  it('is a TypeError that says what to do and repeats no value', () => {
    const tooLong = 'a'.repeat(4097 - name.length);
    let error: unknown;
    try {
      cookiesOf().set(tokensOf(tooLong));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain('4097 bytes');
    expect((error as Error).message).toContain('session data');
    expect((error as Error).message).not.toContain('aaaa');
  });
});
