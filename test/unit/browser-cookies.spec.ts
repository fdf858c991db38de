import { describe, expect, it } from '@jest/globals';
import type { ModuleRef } from '@nestjs/core';
import type { BrowserCredential, SessionOptions } from 'nestjs-session-kit';
import { resolveOptions } from '../../lib/options/resolve-options.js';
import { BrowserCookies } from '../../lib/transport/browser-cookies.js';
import { SECRET } from './fixtures.js';

interface Setup {
  readonly cookie?: NonNullable<SessionOptions['cookie']>;
  /** Where the routes are mounted. */
  readonly path?: string | undefined;
  readonly globalPrefix?: string;
}

function cookiesOf({ cookie = {}, path = 'auth', globalPrefix = '' }: Setup = {}): BrowserCookies {
  const options = resolveOptions({ secret: SECRET, cookie }, false);
  const container = { applicationConfig: { getGlobalPrefix: () => globalPrefix } };
  return new BrowserCookies(options, { path }, { container } as unknown as ModuleRef);
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
    ['the path of the routes', { path: 'auth' }, '/auth'],
    ['several segments, slashes tidied', { path: '/v1//auth/' }, '/v1/auth'],
    ['the global prefix before it', { path: 'auth', globalPrefix: 'api' }, '/api/auth'],
    ['a global prefix with slashes', { path: 'auth', globalPrefix: '/api/v2/' }, '/api/v2/auth'],
    ['routes at the root', { path: '' }, '/'],
    ['what the app says', { path: 'auth', cookie: { refreshPath: '/x/auth' } }, '/x/auth'],
    [
      'what the app says, before the prefix',
      { globalPrefix: 'api', cookie: { refreshPath: '/y' } },
      '/y',
    ],
  ])('is %s', (_what, setup, path) => {
    expect(cookiesOf(setup).set(TOKENS)[1]).toContain(`; Path=${path};`);
    expect(cookiesOf(setup).clear()[2]).toContain(`; Path=${path};`);
  });

  it('is / where no routes are mounted, and where Nest tells no prefix the one of the routes', () => {
    const options = resolveOptions({ secret: SECRET }, false);
    const unmounted = new BrowserCookies(options, { path: undefined }, {} as ModuleRef);
    const untold = new BrowserCookies(options, { path: 'auth' }, {} as ModuleRef);
    expect(unmounted.clear()[2]).toContain('; Path=/;');
    expect(untold.clear()[2]).toContain('; Path=/auth;');
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
