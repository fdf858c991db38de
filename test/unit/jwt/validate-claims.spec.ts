import { describe, expect, it } from '@jest/globals';
import { type ClaimsValidation, validateClaims } from '../../../lib/jwt/validate-claims.js';
import { NOW } from '../fixtures.js';

const RULES = { issuer: 'iss', audience: 'aud', nowSeconds: NOW } as const;
const REGISTERED = {
  sub: 'user-1',
  sid: 'handle',
  jti: 'jti',
  iss: 'iss',
  aud: 'aud',
  iat: NOW,
  exp: NOW + 1,
};
const ACCESS = { ...REGISTERED, type: 'access', auth_time: NOW, cver: 0, epoch: 0 };
const REFRESH = { ...REGISTERED, type: 'refresh', gen: 0 };

const asAccess = (payload: unknown): ClaimsValidation =>
  validateClaims(payload, { ...RULES, purpose: 'access', wanted: 'access' });
const asRefresh = (payload: unknown): ClaimsValidation =>
  validateClaims(payload, { ...RULES, purpose: 'refresh', wanted: 'refresh' });

/** The last second that a Date can represent. */
const MAX_DATE_SECONDS = 8_640_000_000_000;
/** Values that are not a NumericDate (RFC 7519 section 2). */
const NO_DATES = [
  undefined,
  null,
  '',
  `${NOW}`,
  -1,
  Number.NaN,
  Infinity,
  MAX_DATE_SECONDS + 1,
  true,
  {},
  [NOW],
];
/** Values that are not a valid counter. */
const NO_COUNTS = [undefined, null, '0', -1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN, true];
const NO_STRINGS = [undefined, null, '', 1, true, {}, ['user-1']];

function rows(names: readonly string[], values: readonly unknown[]): [string, unknown][] {
  return names.flatMap((name) => values.map((value): [string, unknown] => [name, value]));
}

describe('validateClaims', () => {
  it('accepts the claims of tokens of the package', () => {
    expect([asAccess(ACCESS), asRefresh(REFRESH)]).toEqual(['valid', 'valid']);
  });

  it.each([null, undefined, 'text', 1, true, [], [ACCESS]])(
    'refuses %j as a payload',
    (payload) => {
      expect(asAccess(payload)).toBe('invalid');
    },
  );

  it.each(rows(['sub', 'sid', 'jti'], NO_STRINGS))('refuses %s = %j', (name, value) => {
    expect(asAccess({ ...ACCESS, [name]: value })).toBe('invalid');
    expect(asRefresh({ ...REFRESH, [name]: value })).toBe('invalid');
  });

  it.each(rows(['iat', 'exp', 'auth_time'], NO_DATES))('refuses %s = %j', (name, value) => {
    expect(asAccess({ ...ACCESS, [name]: value })).toBe('invalid');
  });

  it.each(rows(['nbf'], NO_DATES.slice(1)))('refuses %s = %j', (name, value) => {
    expect(asAccess({ ...ACCESS, [name]: value })).toBe('invalid');
  });

  it.each(rows(['cver', 'epoch'], NO_COUNTS))(
    'refuses %s = %j in an access token',
    (name, value) => {
      expect(asAccess({ ...ACCESS, [name]: value })).toBe('invalid');
    },
  );

  it.each(rows(['gen'], NO_COUNTS))('refuses %s = %j in a refresh token', (name, value) => {
    expect(asRefresh({ ...REFRESH, [name]: value })).toBe('invalid');
  });

  it.each([undefined, null, '', 'ISS', 'iss ', 'is', 'issuer', ['iss'], { iss: 'iss' }])(
    'refuses the issuer %j',
    (iss) => {
      expect(asAccess({ ...ACCESS, iss })).toBe('invalid');
    },
  );

  it.each<[ClaimsValidation, unknown]>([
    ['valid', ['aud']],
    ['valid', ['other', 'aud']],
    ['invalid', 'audience'],
    ['invalid', 'au'],
    ['invalid', 'AUD'],
    ['invalid', []],
    ['invalid', ['other']],
    ['invalid', [['aud']]],
    ['invalid', null],
    ['invalid', undefined],
    ['invalid', { aud: true }],
  ])('returns %s for the audience %j', (verdict, aud) => {
    expect(asAccess({ ...ACCESS, aud })).toBe(verdict);
  });

  it.each<[ClaimsValidation, Record<string, number>]>([
    ['valid', { exp: NOW + 1 }],
    ['valid', { exp: NOW + 0.5 }],
    ['valid', { exp: MAX_DATE_SECONDS }],
    ['expired', { exp: NOW }],
    ['expired', { exp: NOW - 1, iat: NOW - 10 }],
    ['expired', { exp: 0, iat: 0 }],
    ['valid', { iat: NOW + 5 }],
    ['invalid', { iat: NOW + 6 }],
    ['valid', { nbf: NOW + 5 }],
    ['invalid', { nbf: NOW + 6 }],
    ['valid', { nbf: 0 }],
    // A foreign token is reported as such before its times.
    ['invalid', { exp: NOW, iat: NOW + 6 }],
  ])('returns %s for the times %j', (verdict, times) => {
    expect(asAccess({ ...ACCESS, ...times })).toBe(verdict);
  });

  it.each([undefined, '', 'refresh', 'Access', ['access']])(
    'refuses type %j under a key for access tokens',
    (type) => {
      expect(asAccess({ ...ACCESS, type })).toBe('invalid');
    },
  );

  it('distinguishes a genuine token of the other type, expired or not', () => {
    const verdicts = [REFRESH, { ...REFRESH, exp: NOW - 1 }].map((payload) =>
      validateClaims(payload, { ...RULES, purpose: 'refresh', wanted: 'access' }),
    );
    expect(verdicts).toEqual(['wrong-type', 'wrong-type']);
    expect(validateClaims(ACCESS, { ...RULES, purpose: 'access', wanted: 'refresh' })).toBe(
      'wrong-type',
    );
  });

  it('refuses a payload that claims the other type under this key', () => {
    expect(validateClaims(REFRESH, { ...RULES, purpose: 'access', wanted: 'refresh' })).toBe(
      'invalid',
    );
  });
});
