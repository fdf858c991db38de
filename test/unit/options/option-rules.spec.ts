import { describe, expect, it } from '@jest/globals';
import { SECRET } from '../fixtures.js';
import { linesFor } from './option-problems.js';

/** A group with this one option. */
function groupWith(path: string, value: unknown): object {
  const [group = '', name = ''] = path.split('.');
  return { [group]: { [name]: value } };
}

describe('each option', () => {
  const TEN_YEARS = 315_360_000;
  const NUMBERS: [path: string, least: number, most: number, unit: string][] = [
    ['tokens.accessTtlSeconds', 1, TEN_YEARS, 'seconds'],
    ['tokens.refreshTtlSeconds', 1, TEN_YEARS, 'seconds'],
    ['tokens.reuseGraceSeconds', 0, 300, 'seconds'],
    ['tokens.verifiedCacheSize', 0, 1_000_000, 'tokens'],
    ['session.idleTimeoutSeconds', 1, TEN_YEARS, 'seconds'],
    ['session.absoluteTimeoutSeconds', 1, TEN_YEARS, 'seconds'],
    ['session.touchIntervalSeconds', 1, TEN_YEARS, 'seconds'],
    ['session.maxPerUser', 1, 1000, 'sessions'],
    ['cleanup.batchSize', 1, 10_000, 'keys'],
    ['memory.maxSessions', 1, 10_000_000, 'sessions'],
  ];
  const NO_NUMBERS = ['60', '1h', 1.5, Number.NaN, Infinity, -1, true, {}, [60], 60n];

  it.each(NUMBERS)('%s is a whole number from %d to %d', (path, least, most, unit) => {
    for (const value of [...NO_NUMBERS, least - 1, most + 1]) {
      expect(linesFor(groupWith(path, value))).toEqual([
        `${path}: must be a whole number of ${unit} from ${least} to ${most}`,
      ]);
    }
  });

  const ONE_OF = "must be one of 'HS256', 'HS384', 'HS512'";
  const TEXT = 'must be a string of 1 to 255 characters';
  const PREFIX = 'must be 1 to 64 characters without spaces, { and }';
  it.each<[string, object, string]>([
    ['algorithm none', { tokens: { algorithm: 'none' } }, `tokens.algorithm: ${ONE_OF}`],
    ['algorithm RS256', { tokens: { algorithm: 'RS256' } }, `tokens.algorithm: ${ONE_OF}`],
    ['a list of algorithms', { tokens: { algorithm: ['HS256'] } }, `tokens.algorithm: ${ONE_OF}`],
    ['an empty issuer', { tokens: { issuer: '' } }, `tokens.issuer: ${TEXT}`],
    ['a number as issuer', { tokens: { issuer: 5 } }, `tokens.issuer: ${TEXT}`],
    ['a list of audiences', { tokens: { audience: ['a'] } }, `tokens.audience: ${TEXT}`],
    ['a long audience', { tokens: { audience: 'a'.repeat(256) } }, `tokens.audience: ${TEXT}`],
    [
      'another way to end sessions',
      { session: { onLimitReached: 'evict' } },
      "session.onLimitReached: must be one of 'evict-oldest', 'reject'",
    ],
    [
      'another check',
      { revocation: { check: true } },
      "revocation.check: must be one of 'feed', 'store', 'none'",
    ],
    [
      'a type that Clear-Site-Data does not have here',
      { logout: { clearSiteData: ['cache', '*'] } },
      "logout.clearSiteData: must contain only 'cache', 'cookies' and 'storage'",
    ],
    ['no list', { logout: { clearSiteData: 'cache' } }, 'logout.clearSiteData: must be a list'],
    [
      'a word for partitioned',
      { cookie: { partitioned: 'yes' } },
      'cookie.partitioned: must be true or false',
    ],
    ['an empty prefix', { keyPrefix: '' }, `keyPrefix: ${PREFIX}`],
    ['an opening brace', { keyPrefix: 'a{b' }, `keyPrefix: ${PREFIX}`],
    ['a closing brace', { keyPrefix: 'a}b' }, `keyPrefix: ${PREFIX}`],
    ['a blank', { keyPrefix: 'a b' }, `keyPrefix: ${PREFIX}`],
    ['a newline', { keyPrefix: 'ab\n' }, `keyPrefix: ${PREFIX}`],
    ['a long prefix', { keyPrefix: 'a'.repeat(65) }, `keyPrefix: ${PREFIX}`],
    ['a number as prefix', { keyPrefix: 5 }, `keyPrefix: ${PREFIX}`],
    [
      'claims instead of a function',
      { claimsFor: { role: 'admin' } },
      'claimsFor: must be a function (userId, session) => Promise of claims or null',
    ],
    ['text as a group', { tokens: 'HS256' }, 'tokens: must be an object'],
    ['a number as a group', { session: 3600 }, 'session: must be an object'],
    ['a list as a group', { memory: [] }, 'memory: must be an object'],
    ['true as a group', { revocation: true }, 'revocation: must be an object'],
    ['a bare URL', { redis: 'redis://localhost' }, 'redis: must be an object'],
  ])('refuses %s', (_what, options, line) => {
    expect(linesFor(options)).toEqual([line]);
  });

  it.each<[string, object, string]>([
    [
      'ttl',
      { tokens: { ttl: 60 } },
      'tokens.ttl: is an unknown option; expected one of issuer, audience, algorithm, keys, accessTtlSeconds, refreshTtlSeconds, reuseGraceSeconds, verifiedCacheSize',
    ],
    [
      'idleTimeout',
      { session: { idleTimeout: 60 } },
      'session.idleTimeout: is an unknown option; expected one of idleTimeoutSeconds, absoluteTimeoutSeconds, touchIntervalSeconds, maxPerUser, onLimitReached, persistent',
    ],
    [
      'mode',
      { revocation: { mode: 'store' } },
      'revocation.mode: is an unknown option; expected one of check, maxStalenessMs, waitReplicas',
    ],
    [
      'max',
      { memory: { max: 5 } },
      'memory.max: is an unknown option; expected one of maxSessions',
    ],
    [
      'host',
      { redis: { host: 'localhost' } },
      'redis.host: is an unknown option; expected one of url, client, options',
    ],
    [
      'secrets',
      { secrets: [SECRET] },
      'secrets: is an unknown option; expected one of secret, redis, store, tokens, session, cookie, logout, csrf, rateLimit, revocation, memory, cleanup, claimsFor, audit, keyPrefix',
    ],
    [
      '__proto__',
      JSON.parse('{"tokens":{"__proto__":{"issuer":"x"}}}') as object,
      'tokens.__proto__: is an unknown option; expected one of issuer, audience, algorithm, keys, accessTtlSeconds, refreshTtlSeconds, reuseGraceSeconds, verifiedCacheSize',
    ],
    [
      'constructor',
      { memory: { constructor: Object } },
      'memory.constructor: is an unknown option; expected one of maxSessions',
    ],
  ])('refuses the unknown option %s', (_name, options, line) => {
    expect(linesFor(options)).toEqual([line]);
  });

  it.each(['isGlobal', 'routes', 'globalGuards'])(
    'refuses %s in the result of the factory',
    (name) => {
      expect(linesFor({ [name]: undefined })).toEqual([
        `${name}: is a static option; pass it to forRootAsync itself, next to useFactory, useClass or useExisting`,
      ]);
    },
  );
});
