import { describe, expect, it } from '@jest/globals';
import { resolveOptions, withoutRevocationLog } from '../../../lib/options/options-resolver.js';
import type { WrittenOptions } from '../../../lib/options/session-options.js';
import { SECRET } from '../fixtures.js';

const DAY_MS = 86_400_000;

const claimsFor = async (): Promise<null> => null;

describe('the defaults', () => {
  const DEFAULTS = {
    keyPrefix: 'sk:',
    tokens: {
      issuer: 'nestjs-session-kit',
      audience: 'nestjs-session-kit',
      algorithm: 'HS256',
      accessTtlMs: 3_600_000,
      refreshTtlMs: 7 * DAY_MS,
      reuseGraceMs: 30_000,
      verifiedCacheSize: 10_000,
    },
    session: {
      idleTimeoutMs: DAY_MS,
      absoluteTimeoutMs: 30 * DAY_MS,
      touchIntervalMs: 60_000,
      maxPerUser: 100,
      onLimitReached: 'evict-oldest',
      persistent: { idleTimeoutMs: 30 * DAY_MS, absoluteTimeoutMs: 90 * DAY_MS },
    },
    cookie: {
      sessionName: '__Host-session',
      accessName: '__Host-session-access',
      refreshName: '__Secure-session-refresh',
      csrfName: '__Host-csrf',
      stateName: '__Host-state',
      sameSite: 'lax',
      secure: true,
      domain: undefined,
      path: '/',
      refreshPath: undefined,
      partitioned: false,
    },
    logout: { clearSiteData: undefined },
    csrf: { require: 'token', trustedOrigins: new Set(), headerName: 'x-csrf-token' },
    rateLimit: { limit: 100, windowSeconds: 900, everywhere: false },
    revocation: { check: 'feed', maxStalenessMs: 1000, waitReplicas: 0, windowMs: 3_665_000 },
    cleanup: { everyMs: 3_600_000, cron: undefined, enabled: true, batchSize: 500 },
    audit: true,
    memory: { maxSessions: 50_000 },
    claimsFor: undefined,
  };

  it.each<[string, object]>([
    ['match the documented values', {}],
    [
      'replace empty groups',
      {
        tokens: {},
        session: {},
        cookie: {},
        logout: {},
        csrf: {},
        rateLimit: {},
        revocation: {},
        memory: {},
      },
    ],
    [
      'replace undefined',
      { tokens: undefined, session: undefined, redis: undefined, keyPrefix: undefined },
    ],
    [
      'replace null',
      {
        tokens: null,
        session: null,
        cookie: null,
        csrf: null,
        rateLimit: null,
        revocation: null,
        memory: null,
        redis: null,
        store: null,
      },
    ],
    [
      'replace undefined and null inside a group',
      { tokens: { accessTtlSeconds: undefined, issuer: null }, session: { maxPerUser: null } },
    ],
  ])('%s', (_what, written) => {
    expect(resolveOptions({ secret: SECRET, ...written }, false)).toEqual(DEFAULTS);
  });

  it('are derived from configured values: the audience from the issuer, other times from a short absolute timeout', () => {
    const tokens = { issuer: 'iss', accessTtlSeconds: 60 };
    const session = { absoluteTimeoutSeconds: 300 };
    expect(resolveOptions({ secret: SECRET, tokens, session }, false)).toMatchObject({
      tokens: { issuer: 'iss', audience: 'iss', accessTtlMs: 60_000, refreshTtlMs: 300_000 },
      session: { idleTimeoutMs: 300_000, absoluteTimeoutMs: 300_000, touchIntervalMs: 30_000 },
    });
  });

  it('leave configured values unchanged, including 0 and the maximum', () => {
    const written: WrittenOptions = {
      secret: SECRET,
      keyPrefix: 'my-app:',
      tokens: {
        issuer: 'iss',
        audience: 'aud',
        algorithm: 'HS512',
        accessTtlSeconds: 1,
        refreshTtlSeconds: 315_360_000,
        reuseGraceSeconds: 0,
        verifiedCacheSize: 0,
      },
      session: {
        idleTimeoutSeconds: 2,
        absoluteTimeoutSeconds: 315_360_000,
        touchIntervalSeconds: 1,
        maxPerUser: 1,
        onLimitReached: 'reject',
        persistent: { idleTimeoutSeconds: 3, absoluteTimeoutSeconds: 4 },
      },
      cookie: {
        name: '__Secure-sid',
        sameSite: 'none',
        domain: 'example.com',
        path: '/app',
        refreshPath: '/api/auth',
        partitioned: true,
      },
      logout: { clearSiteData: ['cache', 'cookies'] },
      csrf: { require: 'origin', trustedOrigins: ['https://App.example'], headerName: 'X-Token' },
      rateLimit: { limit: 1, windowSeconds: 1 },
      revocation: { check: 'none', maxStalenessMs: 100, waitReplicas: 2 },
      cleanup: { everySeconds: 1, enabled: false, batchSize: 1 },
      audit: false,
      memory: { maxSessions: 1 },
      claimsFor,
    };
    expect(resolveOptions(written, true)).toEqual({
      keyPrefix: 'my-app:',
      tokens: {
        issuer: 'iss',
        audience: 'aud',
        algorithm: 'HS512',
        accessTtlMs: 1000,
        refreshTtlMs: 315_360_000_000,
        reuseGraceMs: 0,
        verifiedCacheSize: 0,
      },
      session: {
        idleTimeoutMs: 2000,
        absoluteTimeoutMs: 315_360_000_000,
        touchIntervalMs: 1000,
        maxPerUser: 1,
        onLimitReached: 'reject',
        persistent: { idleTimeoutMs: 3000, absoluteTimeoutMs: 4000 },
      },
      cookie: {
        sessionName: '__Secure-sid',
        accessName: '__Secure-sid-access',
        refreshName: '__Secure-sid-refresh',
        csrfName: '__Secure-sid-csrf',
        stateName: '__Host-sid-state',
        sameSite: 'none',
        secure: true,
        domain: 'example.com',
        path: '/app',
        refreshPath: '/api/auth',
        partitioned: true,
      },
      logout: { clearSiteData: '"cache", "cookies"' },
      csrf: {
        require: 'origin',
        trustedOrigins: new Set(['https://app.example']),
        headerName: 'x-token',
      },
      rateLimit: { limit: 1, windowSeconds: 1, everywhere: true },
      revocation: { check: 'none', maxStalenessMs: 100, waitReplicas: 2, windowMs: 66_000 },
      cleanup: { everyMs: 1000, cron: undefined, enabled: false, batchSize: 1 },
      audit: false,
      memory: { maxSessions: 1 },
      claimsFor,
    });
  });

  it('check revocations with the store if it has no revocation log', () => {
    for (const check of [undefined, 'store', 'none'] as const) {
      const written = { secret: SECRET, ...(check && { revocation: { check } }) };
      const options = withoutRevocationLog(resolveOptions(written, false), written);
      expect(options.revocation.check).toBe(check ?? 'store');
    }
  });

  it('refuse the feed without a revocation log', () => {
    const written = { secret: SECRET, revocation: { check: 'feed' } } as const;
    const resolved = resolveOptions(written, false);
    expect(() => withoutRevocationLog(resolved, written)).toThrow(
      /revocation\.check: 'feed' needs a revocation log/,
    );
  });

  it('contain no rate limit if it is false', () => {
    expect(resolveOptions({ secret: SECRET, rateLimit: false }, false).rateLimit).toBe(false);
  });
});
