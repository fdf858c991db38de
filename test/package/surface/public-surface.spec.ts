import { describe, expect, it } from '@jest/globals';
import * as index from 'nestjs-session-kit';
import * as passport from 'nestjs-session-kit/passport';
import * as testing from 'nestjs-session-kit/testing';
import { surfacesOf } from './exported-types.js';

/** Written by hand, because each added or removed name is a decision, and a removal is a breaking change. */
const INDEX_VALUES = [
  'CleanupService',
  'Clock',
  'CsrfGuard',
  'CsrfService',
  'CurrentSession',
  'CurrentUser',
  'Exchange',
  'FORWARD_MS',
  'HttpExchange',
  'HttpExchangeFactory',
  'MAX_FORWARDS',
  'PollingRevocationLog',
  'Public',
  'RateLimit',
  'RateLimitCounter',
  'RateLimitGuard',
  'RecentLoginGuard',
  'RequireRecentLogin',
  'RevocationLog',
  'RevocationSubscriber',
  'Roles',
  'RolesGuard',
  'SessionAdministration',
  'SessionConfigError',
  'SessionError',
  'SessionEvents',
  'SessionGuard',
  'SessionHealthIndicator',
  'SessionMetrics',
  'SessionModule',
  'SessionService',
  'SessionStore',
  'SkipCsrf',
  'SkipRateLimit',
  'StoreBackend',
  'TokenService',
  'TransientState',
  'VerifyWithStore',
  'decodeRecord',
  'encodeRecord',
  'expiresAtMs',
  'memoryBackend',
  'newLogEntry',
  'redisBackend',
  'userDigest',
];

const INDEX_TYPES = [
  'AccessClaims',
  'AsymmetricAlgorithm',
  'BrowserCredential',
  'BrowserOptions',
  'CleanupReport',
  'ClockReading',
  'ConfigProblem',
  'CreateInput',
  'CreateOutcome',
  'DeniedToken',
  'Device',
  'FeedHealth',
  'HmacAlgorithm',
  'Identity',
  'JsonWebKeySet',
  'KeyMaterial',
  'ListedSession',
  'LogEntry',
  'LoginInput',
  'LoginResult',
  'MemoryBackend',
  'MemoryBackendOptions',
  'PublicJsonWebKey',
  'RateLimitCount',
  'RateLimitOptions',
  'RecentLoginOptions',
  'RedisBackend',
  'RedisClient',
  'RedisClientOptions',
  'RedisClusterClient',
  'RedisConnection',
  'RedisPipeline',
  'RefreshClaims',
  'RefreshStamp',
  'RefreshState',
  'RegisteredClaims',
  'Revocation',
  'RevocationSettings',
  'RevocationSubscription',
  'RevokedBy',
  'Secret',
  'Session',
  'SessionClaims',
  'SessionData',
  'SessionErrorCode',
  'SessionEvent',
  'SessionEventContext',
  'SessionEventListener',
  'SessionEventPayload',
  'SessionEventType',
  'SessionHealth',
  'SessionLimit',
  'SessionMetricsSnapshot',
  'SessionModuleAsyncOptions',
  'SessionModuleExtras',
  'SessionModuleOptions',
  'SessionOptions',
  'SessionOptionsFactory',
  'SessionRecord',
  'SessionUser',
  'SessionWithCredential',
  'SigningKeyOptions',
  'StateRejection',
  'StoreContext',
  'StoreDiagnostics',
  'StoreOption',
  'StoredLogEntry',
  'SweepAges',
  'SweepOptions',
  'SweepStep',
  'TokenPair',
  'TransientStateOptions',
  'Transport',
];

const TESTING_VALUES = ['FakeClock', 'describeSessionStore'];
const TESTING_TYPES = ['OptionalPort', 'PortsUnderTest', 'StoreUnderTest'];

const PASSPORT_VALUES = ['JwtStrategy', 'OAuthGuard', 'OAuthStateStore'];
const PASSPORT_TYPES = ['OAuthGuardInstance'];

const [indexSurface, passportSurface, testingSurface] = surfacesOf([
  'index.ts',
  'passport/index.ts',
  'testing/index.ts',
]);

describe('the public surface', () => {
  it('consists of these values and types', () => {
    expect(indexSurface).toMatchObject({ values: INDEX_VALUES, types: INDEX_TYPES });
  });

  it('consists of these values and types for tests', () => {
    expect(testingSurface).toMatchObject({ values: TESTING_VALUES, types: TESTING_TYPES });
  });

  it('consists of these values and types for passport', () => {
    expect(passportSurface).toMatchObject({ values: PASSPORT_VALUES, types: PASSPORT_TYPES });
  });

  it('is the same at run time', () => {
    expect(Object.keys(index).toSorted()).toEqual(INDEX_VALUES);
    expect(Object.keys(passport).toSorted()).toEqual(PASSPORT_VALUES);
    expect(Object.keys(testing).toSorted()).toEqual(TESTING_VALUES);
    expect(
      Object.values({ ...index, ...passport, ...testing }).every((value) => value !== undefined),
    ).toBe(true);
  });

  it('exports every type that an exported signature names', () => {
    expect(indexSurface?.unexported).toEqual([]);
    expect(passportSurface?.unexported).toEqual([]);
    expect(testingSurface?.unexported).toEqual([]);
  });

  it('declares the return type of every exported function and method', () => {
    expect(indexSurface?.inferred).toEqual([]);
    expect(passportSurface?.inferred).toEqual([]);
    expect(testingSurface?.inferred).toEqual([]);
  });
});
