import type { Provider } from '@nestjs/common';
import { RecentLoginGuard } from './auth/recent-login.guard.js';
import { RolesGuard } from './auth/roles.guard.js';
import { SessionGuard } from './auth/session.guard.js';
import { CleanupService } from './cleanup/cleanup.service.js';
import { Clock } from './core/clock.js';
import { CsrfGuard } from './csrf/csrf.guard.js';
import { CsrfService } from './csrf/csrf.service.js';
import { AuditLog } from './events/audit-log.js';
import { SessionEvents } from './events/session-events.service.js';
import { MountedRoutes } from './http/adapter/mounted-routes.js';
import { SessionCookies } from './http/cookies/session-cookies.js';
import { StateCookies } from './http/cookies/state-cookies.js';
import { CredentialSessionResolver } from './http/credential-session-resolver.js';
import { HttpExchangeFactory } from './http/http-exchange-factory.js';
import { RecordReader, RequestStateFactory } from './http/request-state.js';
import { TokenCodec } from './jwt/token-codec.js';
import { TokenSignatures } from './jwt/token-signatures.js';
import { SessionHealthIndicator } from './observability/session-health.indicator.js';
import { SessionMetrics } from './observability/session-metrics.service.js';
import { ResolvedOptions } from './options/resolved-options.js';
import { RateLimitGuard } from './rate-limit/rate-limit.guard.js';
import { RateLimiter } from './rate-limit/rate-limiter.js';
import { RevocationCache } from './revocation/revocation-cache.js';
import { RevocationFeed } from './revocation/revocation-feed.js';
import { SessionRevoker } from './revocation/session-revoker.js';
import { AccessVerifier } from './sessions/access-verifier.js';
import { ActivityTracker } from './sessions/activity-tracker.js';
import { Authenticator } from './sessions/authenticator.js';
import { ClaimsProvider } from './sessions/claims-provider.js';
import { CredentialIssuer } from './sessions/credential-issuer.js';
import { RequestSessions } from './sessions/request-sessions.js';
import { SessionCreator } from './sessions/session-creator.js';
import { SessionService } from './sessions/session.service.js';
import { TokenIssuer } from './sessions/token-issuer.js';
import { TokenRefresher } from './sessions/token-refresher.js';
import { TokenService } from './sessions/token.service.js';
import { RecordBinding } from './store/record-binding.js';
import { SessionStore } from './store/session-store.js';
import { SessionUpdater } from './store/session-updater.js';
import { StoreCaller } from './store/store-caller.js';
import { ModuleIsolation } from './module-isolation.js';
import { CONFIGURED_PROVIDERS } from './configured-providers.js';
import { TransientState } from './transient-state/transient-state.service.js';

/**
 * Providers that other modules may inject. The guards, pipes and the passport strategy of the package are instantiated
 * where they are used.
 */
export const EXPORTED = [
  SessionService,
  TokenService,
  SessionEvents,
  CleanupService,
  SessionHealthIndicator,
  SessionMetrics,
  SessionStore,
  Clock,
  ResolvedOptions,
  TokenSignatures,
  HttpExchangeFactory,
  RequestStateFactory,
  Authenticator,
  CredentialSessionResolver,
  CsrfService,
  RateLimiter,
  TransientState,
  SessionGuard,
  RolesGuard,
  RecentLoginGuard,
  CsrfGuard,
  RateLimitGuard,
];

const EVENTS = [SessionEvents, AuditLog];
const STORE = [StoreCaller, RecordBinding, SessionUpdater];
const REVOCATION = [RevocationCache, RevocationFeed, SessionRevoker];
const HTTP = [
  MountedRoutes,
  SessionCookies,
  StateCookies,
  { provide: RecordReader, useExisting: AccessVerifier },
  RequestStateFactory,
  HttpExchangeFactory,
  CredentialSessionResolver,
];
const SESSIONS = [
  TokenSignatures,
  TokenCodec,
  TokenIssuer,
  ClaimsProvider,
  ActivityTracker,
  AccessVerifier,
  TokenRefresher,
  TokenService,
  CredentialIssuer,
  Authenticator,
  SessionCreator,
  RequestSessions,
  SessionService,
  CsrfService,
  TransientState,
];
const GUARDS = [SessionGuard, RolesGuard, RecentLoginGuard, CsrfGuard, RateLimitGuard];
const OPERATION = [SessionMetrics, CleanupService, SessionHealthIndicator];

/** The providers that every module has. */
export const PROVIDERS: readonly Provider[] = [
  Clock,
  ...CONFIGURED_PROVIDERS,
  ...EVENTS,
  ...STORE,
  ...REVOCATION,
  ...HTTP,
  ...SESSIONS,
  ...GUARDS,
  ...OPERATION,
  ModuleIsolation,
];
