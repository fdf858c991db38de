export { CurrentSession } from './auth/current-session.decorator.js';
export { CurrentUser } from './auth/current-user.decorator.js';
export { Exchange } from './http/exchange.decorator.js';
export { Public } from './auth/public.decorator.js';
export {
  type RecentLoginOptions,
  RequireRecentLogin,
} from './auth/require-recent-login.decorator.js';
export { Roles } from './auth/roles.decorator.js';
export { VerifyWithStore } from './auth/verify-with-store.decorator.js';
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
export { SkipCsrf } from './csrf/skip-csrf.decorator.js';
export type {
  RevokedBy,
  SessionEvent,
  SessionEventContext,
  SessionEventType,
  SessionEventPayload,
  StateRejection,
} from './events/session-event.js';
export { type SessionEventListener, SessionEvents } from './events/session-events.service.js';
export type {
  AsymmetricAlgorithm,
  HmacAlgorithm,
  KeyMaterial,
  Secret,
  SigningKeyOptions,
} from './options/key-options.js';
export type { BrowserOptions } from './options/browser-options.js';
export type { SessionModuleExtras } from './options/module-extras.js';
export type { SessionOptions } from './options/session-options.js';
export type { JsonWebKeySet, PublicJsonWebKey } from './jwt/jwks.js';
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
} from './observability/session-health.indicator.js';
export {
  SessionMetrics,
  type SessionMetricsSnapshot,
} from './observability/session-metrics.service.js';
export type { ListedSession } from './routes/session.controller.js';
export type {
  SessionModuleAsyncOptions,
  SessionModuleOptions,
  SessionOptionsFactory,
} from './session-module-options.js';
export { SessionModule } from './session.module.js';
export type { BrowserCredential } from './http/request-credentials.js';
export { HttpExchange } from './http/http-exchange.js';
export type { LoginInput, LoginResult } from './rules/login.js';
export type { SessionWithCredential } from './sessions/credential-issuer.js';
export type { CreateInput } from './rules/new-session.js';
export type { Identity } from './http/request-state.js';
export {
  type Revocation,
  RevocationSubscriber,
  type RevocationSubscription,
} from './store/revocation.js';
export { type LogEntry, newLogEntry, type StoredLogEntry } from './store/log/log-entry.js';
export { PollingRevocationLog } from './store/log/polling-revocation-log.js';
export { RevocationLog } from './store/revocation-log.js';
export { type RateLimitCount, RateLimitCounter } from './store/rate-limit-counter.js';
export {
  type RevocationSettings,
  StoreBackend,
  type StoreContext,
  type StoreDiagnostics,
  type StoreOption,
  type SweepAges,
} from './store/store-backend.js';
export { userDigest } from './rules/handle.js';
export {
  type DeniedToken,
  expiresAtMs,
  type RefreshStamp,
  type RefreshState,
  type SessionRecord,
} from './rules/session-record.js';
export {
  type CreateOutcome,
  FORWARD_MS,
  MAX_FORWARDS,
  type SessionLimit,
  SessionStore,
  type SweepOptions,
  type SweepStep,
} from './store/session-store.js';
export { SessionAdministration } from './sessions/session-administration.js';
export { SessionService } from './sessions/session.service.js';
export type { TokenPair } from './rules/token-pair.js';
export { TokenService } from './sessions/token.service.js';
export {
  type MemoryBackend,
  memoryBackend,
  type MemoryBackendOptions,
} from './backends/memory/memory-backend.js';
export { decodeRecord, encodeRecord } from './backends/redis/codec/record-codec.js';
export { type RedisBackend, redisBackend } from './backends/redis/redis-backend.js';
export type {
  RedisClientOptions,
  RedisClient,
  RedisClusterClient,
  RedisConnection,
  RedisPipeline,
} from './backends/redis/connection/redis-client.js';
export type { AccessClaims, RefreshClaims, RegisteredClaims } from './jwt/token-claims.js';
export {
  TransientState,
  type TransientStateOptions,
} from './transient-state/transient-state.service.js';
export { HttpExchangeFactory } from './http/http-exchange-factory.js';
