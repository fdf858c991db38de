import type { KeyObject } from 'node:crypto';
import type { Session, SessionClaims } from '../core/session.js';

/** A secret of at least 32 bytes; a string counts in UTF-8. */
export type Secret = string | Uint8Array;

/** HMAC algorithms for the keys that are derived from `secret` (RFC 7518 section 3.2). */
export type HmacAlgorithm = 'HS256' | 'HS384' | 'HS512';

/** Algorithms for key pairs (RFC 7518 section 3.1). */
export type AsymmetricAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'ES384';

/** A PEM as text or bytes, or a key of node:crypto. */
export type KeyMaterial = string | Uint8Array | KeyObject;

/**
 * A key pair for access tokens. To rotate it: add the new pair with `active: false`, so that every verifier learns it from
 * the JWKS. When their caches are renewed, make it active and the old one inactive. Remove the old pair after the longest
 * idle timeout of the sessions: earlier, a client that returns with an expired token of the old key gets `TOKEN_INVALID`
 * instead of `TOKEN_EXPIRED`, and does not refresh.
 */
export interface SigningKeyOptions {
  algorithm: AsymmetricAlgorithm;
  /** PKCS#8. Without it the key only verifies. */
  privateKey?: KeyMaterial;
  /** SPKI. Default: taken from `privateKey`. */
  publicKey?: KeyMaterial;
  /** Name of the key in tokens and in the JWKS. Default: its thumbprint (RFC 7638). */
  kid?: string;
  /** Whether the key may sign; the first that may, does. Default true. */
  active?: boolean;
}

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
    /** For keys derived from `secret`. Default `HS256`. */
    algorithm?: HmacAlgorithm;
    /**
     * Key pairs that sign access tokens, so that other services verify them by the JWKS. With them `secret` may be left
     * out; what else needs a key is then derived from the private keys.
     */
    keys?: readonly SigningKeyOptions[];
    /** Default 3600. */
    accessTtlSeconds?: number;
    /** Slides with each refresh, never past the absolute timeout. Default 604800 (7 days). */
    refreshTtlSeconds?: number;
    /** How long the refresh token just replaced still brings the same successor. 0 to 300, default 30. */
    reuseGraceSeconds?: number;
    /** Verified access tokens kept in memory, and as many CSRF tokens. Default 10000; 0 keeps none. */
    verifiedCacheSize?: number;
  };
  session?: {
    /** Default 86400 (24 hours). Bearer sessions use `tokens.refreshTtlSeconds` instead. */
    idleTimeoutSeconds?: number;
    /** Default 2592000 (30 days). */
    absoluteTimeoutSeconds?: number;
    /** Least time between two writes of `lastSeenAt`. Default 60, or a tenth of the idle timeout where that is less. */
    touchIntervalSeconds?: number;
    /** Sessions per user, 1 to 1000. Default 100. */
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
    /** Path of the refresh cookie as the browser sees it. Default: where Nest mounts the routes. */
    refreshPath?: string;
    /**
     * Gives the cookies the attribute `Partitioned` (CHIPS), for an app that runs in a frame of other sites. Needs `secure`.
     * Default false.
     */
    partitioned?: boolean;
  };
  logout?: {
    /**
     * What the browser deletes at a logout by cookie, by `Clear-Site-Data`: everything that the origin keeps, also what other
     * apps on it have stored; `cookies` also on its subdomains. Default `[]`: nothing but the cookies of the session.
     */
    clearSiteData?: readonly ('cache' | 'cookies' | 'storage')[];
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
    /**
     * How an access token is known not to be revoked. `feed` (default with Redis): every node follows the revocations, so
     * a request asks nobody. `store` (default otherwise): one read for each request. `none`: access tokens live to their
     * `exp`.
     */
    check?: 'feed' | 'store' | 'none';
    /** With `feed`: how old what a node knows may be before it asks the store instead. 100 to 10000, default 1000. */
    maxStalenessMs?: number;
    /** Replicas that must have a revocation before it is acknowledged; fewer in 400 ms is 503. Default 0. */
    waitReplicas?: number;
  };
  /** When and how what expiry leaves behind is removed. */
  cleanup?: {
    /** Default 3600, give or take a tenth so that nodes do not start together. */
    everySeconds?: number;
    /** Five or six fields, as in `0 3 * * *`, instead of `everySeconds`. */
    cron?: string;
    /** Default true. False leaves it to `CleanupService.run`. */
    enabled?: boolean;
    /** Keys looked at in one step, 1 to 10000. Default 500. */
    batchSize?: number;
  };
  /** Writes each event as a line of JSON through Nest's Logger. Default true. */
  audit?: boolean;
  /** Bound of the store in memory. Naming it allows that store in production. Default 50000 sessions. */
  memory?: { maxSessions?: number };
  /**
   * Asked at every refresh and at each touch. What it returns replaces the claims of the session, `null` or `undefined` ends
   * the session (a disabled or deleted user), a throw is 503 and changes nothing.
   */
  claimsFor?: (userId: string, session: Session) => Promise<SessionClaims | null | undefined>;
}

/** The written options with where sessions are kept, whose types belong to folders further right. */
export type WrittenOptions = SessionOptions & { redis?: unknown; store?: unknown };
