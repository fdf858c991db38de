import type { Session, SessionClaims } from '../core/session.js';

/** A secret of at least 32 bytes; a string counts in UTF-8. */
export type Secret = string | Uint8Array;

/** HMAC algorithms for the keys that are derived from `secret` (RFC 7518 section 3.2). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** What the app writes, all but where sessions are kept. */
export interface SessionOptions {
  /** The current secret, or `[current, ...previous]`: previous ones verify and never sign. At least 32 bytes each. */
  secret?: Secret | readonly Secret[] | undefined;
  /** Start of every Redis key, and part of what keys are derived from. Default `sk:`. */
  keyPrefix?: string;
  tokens?: {
    /** Claim `iss`. Default `nestjs-session-kit`. */
    issuer?: string;
    /** Claim `aud`. Default: the issuer. */
    audience?: string;
    /** Default `HS256`. */
    algorithm?: HmacAlgorithm;
    /** Default 3600. */
    accessTtlSeconds?: number;
    /** Slides with each refresh, never past the absolute timeout. Default 604800 (7 days). */
    refreshTtlSeconds?: number;
    /** How long the refresh token just replaced still brings the same successor. 0 to 300, default 30. */
    reuseGraceSeconds?: number;
    /** Verified access tokens kept in memory. Default 10000; 0 keeps none. */
    verifiedCacheSize?: number;
  };
  session?: {
    /** Default 86400 (24 hours). Bearer sessions use `tokens.refreshTtlSeconds` instead. */
    idleTimeoutSeconds?: number;
    /** Default 2592000 (30 days). */
    absoluteTimeoutSeconds?: number;
    /** Least time between two writes of `lastSeenAt`. Default 60, or a tenth of the idle timeout where that is less. */
    touchIntervalSeconds?: number;
    /** Sessions per user. Default 100. */
    maxPerUser?: number;
    /** `evict-oldest` (default) ends the oldest session, `reject` answers 409 `SESSION_LIMIT_REACHED`. */
    onMaxReached?: 'evict-oldest' | 'reject';
    /** Timeouts of a cookie login with `persistent: true` ("remember me"). Default 2592000 (30 days), 7776000 (90). */
    persistent?: { idleTimeoutSeconds?: number; absoluteTimeoutSeconds?: number };
  };
  cookie?: {
    /** Name of the session cookie, from which the other names come. Default `__Host-session`. */
    name?: string;
    /** Default `lax`. */
    sameSite?: 'lax' | 'strict' | 'none';
    /** Default true. False, for http while developing, drops the prefix of the names; refused in production. */
    secure?: boolean;
    /** Shares the cookies with subdomains, which excludes the prefix `__Host-`. Default: this host alone. */
    domain?: string;
    /** Default `/`. Another one excludes the prefix `__Host-`. */
    path?: string;
    /** Path of the refresh cookie as the browser sees it. Default: where the routes are mounted. */
    refreshPath?: string;
  };
  csrf?: {
    /** `token` (default): a token, after the origin has passed. `origin`: the origin alone. */
    require?: 'token' | 'origin';
    /** Other origins that may send unsafe requests, as in `https://app.example.com`. */
    trustedOrigins?: readonly string[];
    /** Header that carries the token. Default `x-csrf-token`. */
    headerName?: string;
  };
  /**
   * Default 100 requests per 900 seconds, on the routes of the kit and on routes with `@RateLimit()`. A `limit` given
   * here holds for every route that `RateLimitGuard` or `globalGuards` guards. `false` turns it off.
   */
  rateLimit?: { limit?: number; windowSeconds?: number } | false;
  revocation?: {
    /** `store` (default): one GET for each request, revocation counts at once. `none`: access tokens live to their `exp`. */
    check?: 'store' | 'none';
  };
  /** Bound of the store in memory. Naming it allows that store in production. Default 50000 sessions. */
  memory?: { maxSessions?: number };
  /**
   * Asked at every refresh and at each touch. What it returns replaces the claims of the session, `null` ends the
   * session (a disabled user), a throw is 503 and changes nothing.
   */
  claimsFor?: (userId: string, session: Session) => Promise<SessionClaims | null>;
}
