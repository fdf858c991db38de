import { canonicalOrigin } from '../core/origin.js';
import { cookieSettings } from './cookie-options.js';
import type { ResolvedOptions } from './resolved-options.js';
import type { SessionOptions, WrittenOptions } from './session-options.js';

/** Completes validated options. Contains every default, with `??`, so that 0 and false are kept. */
export function withDefaults(written: WrittenOptions): ResolvedOptions {
  return Object.freeze({
    keyPrefix: written.keyPrefix ?? 'sk:',
    tokens: tokenSettings(written),
    session: sessionSettings(written),
    cookie: cookieSettings(written.cookie ?? {}),
    logout: logoutSettings(written.logout ?? {}),
    csrf: Object.freeze({
      require: written.csrf?.require ?? 'token',
      trustedOrigins: new Set(written.csrf?.trustedOrigins?.map(canonicalOrigin)),
      headerName: (written.csrf?.headerName ?? 'x-csrf-token').toLowerCase(),
    }),
    rateLimit: rateLimitSettings(written.rateLimit ?? {}),
    revocation: revocationSettings(written),
    cleanup: Object.freeze({
      everyMs: (written.cleanup?.everySeconds ?? 3600) * 1000,
      cron: written.cleanup?.cron,
      enabled: written.cleanup?.enabled ?? true,
      batchSize: written.cleanup?.batchSize ?? 500,
    }),
    audit: written.audit ?? true,
    memory: Object.freeze({ maxSessions: written.memory?.maxSessions ?? 50_000 }),
    claimsFor: written.claimsFor ?? undefined,
  });
}

/** A token may come from a clock that is a few seconds ahead, and a node may lag by the same amount. */
const WINDOW_MARGIN_MS = 65_000;

function revocationSettings(written: WrittenOptions): ResolvedOptions['revocation'] {
  const { check, maxStalenessMs, waitReplicas } = written.revocation ?? {};
  return Object.freeze({
    check: check ?? 'feed',
    maxStalenessMs: maxStalenessMs ?? 1000,
    waitReplicas: waitReplicas ?? 0,
    windowMs: tokenSettings(written).accessTtlMs + WINDOW_MARGIN_MS,
  });
}

export function tokenSettings({ tokens, session }: SessionOptions): ResolvedOptions['tokens'] {
  const issuer = tokens?.issuer ?? 'nestjs-session-kit';
  const longestSeconds = session?.absoluteTimeoutSeconds ?? Infinity;
  return Object.freeze({
    issuer,
    audience: tokens?.audience ?? issuer,
    algorithm: tokens?.algorithm ?? 'HS256',
    accessTtlMs: (tokens?.accessTtlSeconds ?? 3600) * 1000,
    refreshTtlMs: (tokens?.refreshTtlSeconds ?? Math.min(604_800, longestSeconds)) * 1000,
    reuseGraceMs: (tokens?.reuseGraceSeconds ?? 30) * 1000,
    verifiedCacheSize: tokens?.verifiedCacheSize ?? 10_000,
  });
}

export function sessionSettings(written: SessionOptions): ResolvedOptions['session'] {
  const session = written.session ?? {};
  const absoluteSeconds = session.absoluteTimeoutSeconds ?? 2_592_000;
  const idleSeconds = session.idleTimeoutSeconds ?? Math.min(86_400, absoluteSeconds);
  return Object.freeze({
    idleTimeoutMs: idleSeconds * 1000,
    absoluteTimeoutMs: absoluteSeconds * 1000,
    touchIntervalMs: (session.touchIntervalSeconds ?? Math.min(60, idleSeconds / 10)) * 1000,
    maxPerUser: session.maxPerUser ?? 100,
    onLimitReached: session.onLimitReached ?? 'evict-oldest',
    persistent: Object.freeze({
      idleTimeoutMs: (session.persistent?.idleTimeoutSeconds ?? 2_592_000) * 1000,
      absoluteTimeoutMs: (session.persistent?.absoluteTimeoutSeconds ?? 7_776_000) * 1000,
    }),
  });
}

function logoutSettings({
  clearSiteData = [],
}: NonNullable<SessionOptions['logout']>): ResolvedOptions['logout'] {
  const header = clearSiteData?.map((type) => `"${type}"`).join(', ');
  return Object.freeze({ clearSiteData: header === '' ? undefined : header });
}

function rateLimitSettings(
  written: NonNullable<SessionOptions['rateLimit']>,
): ResolvedOptions['rateLimit'] {
  if (written === false) return false;
  return Object.freeze({
    limit: written.limit ?? 100,
    windowSeconds: written.windowSeconds ?? 900,
    everywhere: written.limit !== undefined,
  });
}
