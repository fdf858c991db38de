import { describe, expect, it } from '@jest/globals';
import { SessionConfigError, type SessionOptions } from 'nestjs-session-kit';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import type { ResolvedOptions } from '../../../lib/options/resolved-options.js';
import { SECRET } from '../fixtures.js';

type Cookie = NonNullable<SessionOptions['cookie']>;

function resolve(
  options: Pick<SessionOptions, 'cookie' | 'csrf' | 'rateLimit'>,
  production = false,
): ResolvedOptions {
  return resolveOptions({ secret: SECRET, memory: {}, ...options }, production);
}

/** Paths and messages of the problems that prevent the start. */
function problemsOf(
  options: Parameters<typeof resolve>[0],
  production?: boolean,
): Record<string, string> {
  try {
    resolve(options, production);
    return {};
  } catch (error) {
    if (!(error instanceof SessionConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ path, message }) => [path, message]));
  }
}

const names = ({ cookie }: ResolvedOptions): string[] => [
  cookie.sessionName,
  cookie.accessName,
  cookie.refreshName,
  cookie.csrfName,
  cookie.stateName,
];

describe('cookie names', () => {
  it.each<[what: string, cookie: Cookie, expected: string[]]>([
    [
      'restrict cookies to the host by default',
      {},
      [
        '__Host-session',
        '__Host-session-access',
        '__Secure-session-refresh',
        '__Host-csrf',
        '__Host-state',
      ],
    ],
    [
      'take a configured name',
      { name: '__Host-shop' },
      [
        '__Host-shop',
        '__Host-shop-access',
        '__Secure-shop-refresh',
        '__Host-shop-csrf',
        '__Host-shop-state',
      ],
    ],
    [
      'take the weaker prefix, except for states',
      { name: '__Secure-shop', domain: 'example.com' },
      [
        '__Secure-shop',
        '__Secure-shop-access',
        '__Secure-shop-refresh',
        '__Secure-shop-csrf',
        '__Host-shop-state',
      ],
    ],
    [
      'have no prefix without Secure, because browsers would refuse it',
      { secure: false },
      ['session', 'session-access', 'session-refresh', 'csrf', 'state'],
    ],
    [
      'take a configured name without Secure',
      { secure: false, name: '__Secure-shop' },
      ['shop', 'shop-access', 'shop-refresh', 'shop-csrf', 'shop-state'],
    ],
  ])('%s', (_what, cookie, expected) => {
    expect(names(resolve({ cookie }))).toEqual(expected);
    expect(new Set(expected).size).toBe(5);
  });
});

describe('cookie attributes', () => {
  it('3.3.2 set SameSite explicitly, Lax by default', () => {
    expect(resolve({}).cookie).toMatchObject({ sameSite: 'lax', secure: true, path: '/' });
    for (const sameSite of ['lax', 'strict', 'none'] as const) {
      expect(resolve({ cookie: { sameSite } }).cookie.sameSite).toBe(sameSite);
    }
  });

  it('are frozen, and the given object stays unchanged', () => {
    const cookie: Cookie = { sameSite: 'strict' };
    expect(Object.isFrozen(resolve({ cookie }).cookie)).toBe(true);
    expect(cookie).toEqual({ sameSite: 'strict' });
  });
});

describe('conflicting cookie options prevent the start', () => {
  it.each<[what: string, cookie: Cookie, path: string, message: string]>([
    [
      '3.3.3 __Host- with a domain',
      { domain: 'example.com' },
      'cookie.domain',
      'cannot be combined',
    ],
    [
      '3.3.3 __Host- with a path',
      { path: '/app' },
      'cookie.path',
      'cannot be combined with the prefix __Host-',
    ],
    [
      '3.3.2 SameSite=None without Secure',
      { sameSite: 'none', secure: false },
      'cookie.sameSite',
      'requires cookie.secure',
    ],
    [
      'Partitioned without Secure',
      { partitioned: true, secure: false },
      'cookie.partitioned',
      'requires cookie.secure',
    ],
  ])('%s', (_what, cookie, path, message) => {
    const problems = problemsOf({ cookie });
    expect(Object.keys(problems)).toEqual([path]);
    expect(problems[path]).toContain(message);
  });

  it('suggests a name in the message about __Host-', () => {
    const problems = problemsOf({ cookie: { name: '__Host-shop', domain: 'example.com' } });
    expect(problems['cookie.domain']).toContain("'__Secure-shop'");
    const corrected = { name: '__Secure-shop', domain: 'example.com', path: '/app' };
    expect(problemsOf({ cookie: corrected })).toEqual({});
  });

  it('3.3.1 refuses cookies without Secure only in production', () => {
    expect(problemsOf({ cookie: { secure: false } }, true)).toEqual({
      'cookie.secure': expect.stringContaining('production'),
    });
    expect(problemsOf({ cookie: { secure: false } }, false)).toEqual({});
    expect(problemsOf({ cookie: { secure: true } }, true)).toEqual({});
  });

  it('reports all problems at once', () => {
    const cookie: Cookie = { domain: 'example.com', path: '/x', secure: false, sameSite: 'none' };
    expect(Object.keys(problemsOf({ cookie }, true)).toSorted()).toEqual([
      'cookie.domain',
      'cookie.path',
      'cookie.sameSite',
      'cookie.secure',
    ]);
  });

  it('accepts __Host- with the path that it requires', () => {
    expect(problemsOf({ cookie: { path: '/' } })).toEqual({});
  });
});

describe('invalid cookie options prevent the start', () => {
  it.each<[path: string, cookie: Record<string, unknown>]>([
    ['cookie.name', { name: 'session' }],
    ['cookie.name', { name: '__host-session' }],
    ['cookie.name', { name: '__Host-' }],
    ['cookie.name', { name: '__Host-a b' }],
    ['cookie.name', { name: '__Host-a;b' }],
    ['cookie.name', { name: `__Host-${'a'.repeat(65)}` }],
    ['cookie.name', { name: 7 }],
    ['cookie.sameSite', { sameSite: 'Lax' }],
    ['cookie.sameSite', { sameSite: true }],
    ['cookie.secure', { secure: 'false' }],
    ['cookie.domain', { domain: '.example.com' }],
    ['cookie.domain', { domain: 'example' }],
    ['cookie.domain', { domain: 'https://example.com' }],
    ['cookie.domain', { domain: 'example.com; Secure' }],
    ['cookie.path', { path: 'app' }],
    ['cookie.path', { path: '/a;b' }],
    ['cookie.refreshPath', { refreshPath: '' }],
    ['cookie.refreshPath', { refreshPath: 'auth' }],
    ['cookie.refreshPath', { refreshPath: '/a b' }],
    ['cookie.refreshPath', { refreshPath: '/a\r\nSet-Cookie: x=1' }],
    ['cookie.httpOnly', { httpOnly: false }],
    ['cookie.maxAge', { maxAge: 60 }],
  ])('refuses %s of %j', (path, cookie) => {
    expect(Object.keys(problemsOf({ cookie }))).toEqual([path]);
  });
});

describe('csrf options', () => {
  it('require a token in X-CSRF-Token and trust no other origin by default', () => {
    const { require, trustedOrigins, headerName } = resolve({}).csrf;
    expect({ require, trusted: [...trustedOrigins], headerName }).toEqual({
      require: 'token',
      trusted: [],
      headerName: 'x-csrf-token',
    });
  });

  it('normalise origins as browsers send them', () => {
    const trustedOrigins = ['HTTPS://App.Example.com:443', 'http://a.test:80', 'https://b.test:80'];
    const { csrf } = resolve({ csrf: { trustedOrigins, headerName: 'X-XSRF-TOKEN' } });
    expect([...csrf.trustedOrigins]).toEqual([
      'https://app.example.com',
      'http://a.test',
      'https://b.test:80',
    ]);
    expect(csrf.headerName).toBe('x-xsrf-token');
  });

  it.each([
    'null',
    '*',
    'https://*.example.com',
    'https://example.com/',
    'https://example.com/path',
    'https://example.com?x',
    'https://user@example.com',
    'example.com',
    '//example.com',
    '',
    ' https://example.com',
    7,
    null,
  ])('refuse %j as a trusted origin', (origin) => {
    const trustedOrigins = [origin] as string[];
    expect(Object.keys(problemsOf({ csrf: { trustedOrigins } }))).toEqual(['csrf.trustedOrigins']);
  });

  it.each<[path: string, csrf: object]>([
    ['csrf.require', { require: 'none' }],
    ['csrf.require', { require: false }],
    ['csrf.headerName', { headerName: 'x csrf' }],
    ['csrf.headerName', { headerName: '' }],
    ['csrf.trustedOrigins', { trustedOrigins: 'https://example.com' }],
    ['csrf.enabled', { enabled: false }],
  ])('refuse %s of %j', (path, csrf) => {
    expect(Object.keys(problemsOf({ csrf }))).toEqual([path]);
  });
});

describe('rateLimit options', () => {
  it('default to 100 requests in 15 minutes on the routes of the package; a configured limit applies everywhere', () => {
    expect(resolve({}).rateLimit).toEqual({ limit: 100, windowSeconds: 900, everywhere: false });
    expect(resolve({ rateLimit: { windowSeconds: 60 } }).rateLimit).toEqual({
      limit: 100,
      windowSeconds: 60,
      everywhere: false,
    });
    expect(resolve({ rateLimit: { limit: 5 } }).rateLimit).toEqual({
      limit: 5,
      windowSeconds: 900,
      everywhere: true,
    });
    expect(resolve({ rateLimit: false }).rateLimit).toBe(false);
  });

  it.each<[path: string, rateLimit: object]>([
    ['rateLimit.limit', { limit: 0 }],
    ['rateLimit.limit', { limit: 1.5 }],
    ['rateLimit.limit', { limit: '5' }],
    ['rateLimit.windowSeconds', { windowSeconds: 0 }],
    ['rateLimit.windowSeconds', { windowSeconds: 2_592_001 }],
    ['rateLimit.max', { max: 5 }],
  ])('refuse %s of %j', (path, rateLimit) => {
    expect(Object.keys(problemsOf({ rateLimit }))).toEqual([path]);
  });
});
