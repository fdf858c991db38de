export { CurrentSession, CurrentUser, Exchange } from './auth/decorators.js';
export { JwtStrategy } from './auth/jwt.strategy.js';
export {
  Public,
  type RecentLoginOptions,
  RequireRecentLogin,
  Roles,
  VerifyWithStore,
} from './auth/metadata.js';
export { RecentLoginGuard } from './auth/recent-login.guard.js';
export { RolesGuard } from './auth/roles.guard.js';
export { SessionGuard } from './auth/session.guard.js';
export { type CleanupReport, CleanupService } from './cleanup/cleanup.service.js';
export { Clock, type ClockReading } from './core/clock.js';
export { type ConfigProblem, SessionConfigError } from './core/session-config-error.js';
export { SessionError, type SessionErrorCode } from './core/session-error.js';
export type {
  Device,
  Session,
  SessionClaims,
  SessionData,
  SessionUser,
  Transport,
} from './core/session.js';
export { CsrfGuard } from './csrf/csrf.guard.js';
export { CsrfService } from './csrf/csrf.service.js';
export { SkipCsrf } from './csrf/skip-csrf.js';
export type {
  RevokedBy,
  SessionEvent,
  SessionEventContext,
  SessionEventType,
  SessionEventPayload,
} from './events/session-event.js';
export { type SessionEventListener, SessionEvents } from './events/session-events.js';
export type {
  AsymmetricAlgorithm,
  HmacAlgorithm,
  KeyMaterial,
  Secret,
  SigningKeyOptions,
} from './options/key-options.js';
export type { BrowserOptions } from './options/browser-options.js';
export type { SessionOptions } from './options/session-options.js';
export type { JsonWebKeySet, PublicJsonWebKey } from './keys/public-keys.js';
export {
  RateLimit,
  type RateLimitOptions,
  SkipRateLimit,
} from './rate-limit/rate-limit.decorator.js';
export { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
export {
  type FeedHealth,
  type SessionHealth,
  SessionHealthIndicator,
} from './health/session-health.indicator.js';
export { SessionMetrics, type SessionMetricsSnapshot } from './health/session-metrics.js';
export type { ListedSession } from './routes/session.controller.js';
export type {
  SessionModuleAsyncOptions,
  SessionModuleExtras,
  SessionModuleOptions,
  SessionOptionsFactory,
} from './session-module-options.js';
export { SessionModule } from './session.module.js';
export type { BrowserCredential } from './sessions/credential-cookies.js';
export { HttpExchange } from './sessions/http-exchange.js';
export type { LoginInput, LoginResult } from './sessions/login.js';
export type { SessionWithCredential } from './sessions/credential-issuer.js';
export type { CreateInput } from './sessions/new-session.js';
export type { Identity } from './sessions/request-state.js';
export {
  type Revocation,
  RevocationSubscriber,
  type RevocationSubscription,
} from './sessions/revocation.js';
export type {
  DeniedToken,
  RefreshStamp,
  RefreshState,
  SessionRecord,
} from './sessions/session-record.js';
export {
  type CreateOutcome,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from './sessions/session-store.js';
export { SessionService } from './sessions/session.service.js';
export type { TokenPair } from './sessions/token-issuer.js';
export { TokenService } from './sessions/token.service.js';
export { MemorySessionStore } from './stores/memory/memory-session-store.js';
export type {
  RedisClientOptions,
  RedisClient,
  RedisClusterClient,
  RedisConnection,
  RedisPipeline,
} from './stores/redis/redis-client.js';
export type { RevocationSettings } from './stores/redis/redis-revocations.js';
export { RedisSessionStore } from './stores/redis/redis-session-store.js';
export type { AccessClaims, RefreshClaims, RegisteredClaims } from './tokens/token-claims.js';
export { HttpExchangeFactory } from './transport/http-exchange-factory.js';
