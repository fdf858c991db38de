import { describe, expect, it } from '@jest/globals';
import { decideCsrf, isSafeMethod } from '../../../lib/csrf/csrf-decision.js';

const OWN = 'https://app.example.com';
const TRUSTED = [
  'https://trusted.example.org',
  'https://local.example:8443',
  'capacitor://localhost',
];

type Verdict = 'safe-method' | 'same-origin' | 'token' | Refusal;
type Refusal = 'cross-site' | 'foreign-origin' | 'no-origin' | 'no-token';

/** The result of the first layer for the headers. `silent`: neither was sent. */
type FirstLayer = 'passes' | 'silent' | 'cross-site' | 'foreign-origin';

type HeaderRow = [
  what: string,
  secFetchSite: string | undefined,
  origin: string | undefined,
  FirstLayer,
  own?: string,
];

/**
 * The cases of Go's `http.CrossOriginProtection` (net/http/csrf_test.go), and cases that they do
 * not cover.
 */
const HEADERS: HeaderRow[] = [
  // Sec-Fetch-Site decides if it was sent.
  ['same-origin', 'same-origin', undefined, 'passes'],
  ['same-origin with the Origin of the application', 'same-origin', OWN, 'passes'],
  ['same-origin behind a proxy that hides the scheme', 'same-origin', 'http://inner', 'passes'],
  ['none, entered by the user', 'none', undefined, 'passes'],
  ['none with Origin: null', 'none', 'null', 'passes'],
  ['cross-site', 'cross-site', undefined, 'cross-site'],
  ['cross-site with a foreign Origin', 'cross-site', 'https://evil.example', 'cross-site'],
  ['cross-site that claims the Origin of the application', 'cross-site', OWN, 'cross-site'],
  ['cross-site with Origin: null', 'cross-site', 'null', 'cross-site'],
  ['same-site, from a sibling host', 'same-site', undefined, 'cross-site'],
  ['same-site with the Origin of a sibling', 'same-site', 'https://evil.example.com', 'cross-site'],
  ['same-site with the Origin of the application', 'same-site', OWN, 'cross-site'],
  ['an unknown value', 'same-planet', undefined, 'cross-site'],
  ['an unknown value with the Origin of the application', 'same-planet', OWN, 'cross-site'],
  ['an empty value', '', undefined, 'cross-site'],
  ['an empty value with the Origin of the application', '', OWN, 'cross-site'],
  ['a value in upper case', 'SAME-ORIGIN', OWN, 'cross-site'],
  ['two values in one', 'same-origin, cross-site', OWN, 'cross-site'],
  ['a value with a space around it', ' same-origin', OWN, 'cross-site'],

  // Otherwise Origin decides.
  ['the Origin of the application', undefined, OWN, 'passes'],
  ['the Origin of the application in upper case', undefined, 'HTTPS://APP.EXAMPLE.COM', 'passes'],
  ['the Origin of the application with its default port', undefined, `${OWN}:443`, 'passes'],
  ['another port', undefined, `${OWN}:8443`, 'foreign-origin'],
  ['the default port of another scheme', undefined, `${OWN}:80`, 'foreign-origin'],
  ['another scheme', undefined, 'http://app.example.com', 'foreign-origin'],
  ['another scheme on the same port', undefined, 'http://app.example.com:443', 'foreign-origin'],
  ['Origin: null', undefined, 'null', 'foreign-origin'],
  ['an empty Origin', undefined, '', 'foreign-origin'],
  ['a foreign host', undefined, 'https://evil.example', 'foreign-origin'],
  ['the host as the start of another', undefined, `${OWN}.evil.tld`, 'foreign-origin'],
  ['the host as the end of another', undefined, 'https://evilapp.example.com', 'foreign-origin'],
  ['a subdomain of the host', undefined, 'https://x.app.example.com', 'foreign-origin'],
  ['the parent domain of the host', undefined, 'https://example.com', 'foreign-origin'],
  ['a sibling of the host', undefined, 'https://blog.example.com', 'foreign-origin'],
  ['the host with a final dot', undefined, `${OWN}.`, 'foreign-origin'],
  ['the host as user name', undefined, 'https://app.example.com@evil.tld', 'foreign-origin'],
  ['a final slash', undefined, `${OWN}/`, 'foreign-origin'],
  ['a path', undefined, `${OWN}/login`, 'foreign-origin'],
  ['a host without scheme', undefined, 'app.example.com', 'foreign-origin'],
  ['a letter of another alphabet', undefined, 'https://аpp.example.com', 'foreign-origin'],
  ['text that is not a URL', undefined, 'https://[', 'foreign-origin'],
  ['two origins in one', undefined, `${OWN}, https://evil.example`, 'foreign-origin'],

  // A trusted origin passes with any Sec-Fetch-Site, and only in its exact form.
  ['a trusted Origin', undefined, TRUSTED[0], 'passes'],
  ['a trusted Origin, cross-site', 'cross-site', TRUSTED[0], 'passes'],
  ['a trusted Origin, same-site', 'same-site', TRUSTED[0], 'passes'],
  ['a trusted Origin in upper case', 'cross-site', 'https://TRUSTED.example.org', 'passes'],
  ['a trusted Origin with its default port', 'cross-site', `${TRUSTED[0]}:443`, 'passes'],
  ['a trusted Origin with a port', 'cross-site', TRUSTED[1], 'passes'],
  ['a trusted Origin of a native application', 'cross-site', TRUSTED[2], 'passes'],
  ['a trusted host on another port', undefined, 'https://local.example', 'foreign-origin'],
  ['a trusted host with another scheme', undefined, 'http://trusted.example.org', 'foreign-origin'],
  ['a subdomain of a trusted host', 'cross-site', 'https://x.trusted.example.org', 'cross-site'],
  ['a trusted host as the start of another', 'cross-site', `${TRUSTED[0]}.evil.tld`, 'cross-site'],

  // A server on http, on a port, or with an address.
  ['http on its default port', undefined, 'http://localhost', 'passes', 'http://localhost'],
  ['http with an explicit :80', undefined, 'http://localhost:80', 'passes', 'http://localhost'],
  [
    'the port of the application',
    undefined,
    'http://localhost:3000',
    'passes',
    'http://localhost:3000',
  ],
  ['a missing port', undefined, 'http://localhost', 'foreign-origin', 'http://localhost:3000'],
  [
    'a port that starts with that of the application',
    undefined,
    'http://h:30001',
    'foreign-origin',
    'http://h:3000',
  ],
  ['an IPv6 host', undefined, 'http://[::1]:3000', 'passes', 'http://[::1]:3000'],
  [
    'another loopback name',
    undefined,
    'http://127.0.0.1:3',
    'foreign-origin',
    'http://localhost:3',
  ],
  ['no host at all', undefined, 'http://undefined.evil', 'foreign-origin', 'http://undefined'],

  // Neither header: not a current browser.
  ['neither header', undefined, undefined, 'silent'],
];

const UNSAFE = ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'PROPFIND', 'QUERY'];
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

function verdict(
  require: 'token' | 'origin',
  [, secFetchSite, origin, , ownOrigin = OWN]: HeaderRow,
  hasToken: boolean,
  method = 'POST',
): Verdict {
  const facts = {
    method,
    secFetchSite,
    origin: () => origin,
    ownOrigin: () => ownOrigin,
    hasToken,
  };
  return decideCsrf(facts, { require, trustedOrigins: new Set(TRUSTED) }).reason;
}

describe('3.5.1 with a required token, the first layer decides before the token', () => {
  it.each(HEADERS)('%s', (...row) => {
    const [, , , layer] = row;
    const open = layer === 'passes' || layer === 'silent';
    expect(verdict('token', row, true)).toBe(open ? 'token' : layer);
    expect(verdict('token', row, false)).toBe(open ? 'no-token' : layer);
  });
});

describe('3.5.1 with a required origin, the first layer decides and a token has no effect', () => {
  it.each(HEADERS)('%s', (...row) => {
    const [, , , layer] = row;
    const expected = { passes: 'same-origin', silent: 'no-origin' }[layer as string] ?? layer;
    expect(verdict('origin', row, false)).toBe(expected);
    expect(verdict('origin', row, true)).toBe(expected);
  });
});

describe('methods', () => {
  const crossSite: HeaderRow = ['', 'cross-site', 'https://evil.example', 'cross-site'];

  it.each(SAFE)('allows %s from any origin', (method) => {
    expect(isSafeMethod(method)).toBe(true);
    expect(verdict('token', crossSite, false, method)).toBe('safe-method');
    expect(verdict('origin', crossSite, false, method)).toBe('safe-method');
  });

  it.each([...UNSAFE, 'get', 'Get', 'options', ' GET', 'GET ', ''])(
    'treats %j as unsafe: methods are case-sensitive, and unknown ones may change something',
    (method) => {
      expect(isSafeMethod(method)).toBe(false);
      expect(verdict('token', crossSite, true, method)).toBe('cross-site');
      expect(verdict('origin', crossSite, true, method)).toBe('cross-site');
    },
  );
});

describe('decideCsrf', () => {
  it('returns a reason that states whether the request is allowed', () => {
    const facts = {
      method: 'POST',
      ownOrigin: () => OWN,
      secFetchSite: 'same-origin',
      origin: () => OWN,
    };
    const policy = { require: 'token', trustedOrigins: new Set<string>() } as const;
    const allowed = [true, false].map((hasToken) => decideCsrf({ ...facts, hasToken }, policy));
    expect(allowed).toEqual([
      { allowed: true, reason: 'token' },
      { allowed: false, reason: 'no-token' },
    ]);
  });

  it('treats every refusal as not allowed', () => {
    const policy = { trustedOrigins: new Set<string>(), require: 'origin' } as const;
    const decisions = HEADERS.map(([, secFetchSite, origin, , ownOrigin = OWN]) =>
      decideCsrf(
        {
          method: 'POST',
          secFetchSite,
          origin: () => origin,
          ownOrigin: () => ownOrigin,
          hasToken: true,
        },
        policy,
      ),
    );
    const reasons = new Set(decisions.map(({ allowed, reason }) => `${reason}: ${allowed}`));
    expect([...reasons].toSorted()).toEqual([
      'cross-site: false',
      'foreign-origin: false',
      'no-origin: false',
      'same-origin: true',
    ]);
  });
});
