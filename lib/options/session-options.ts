import type { Session, SessionClaims } from '../core/session.js';
import type { BrowserOptions } from './browser-options.js';
import type { HmacAlgorithm, Secret, SigningKeyOptions } from './key-options.js';

/**
 * The options of an application, except those of the store. `npm run docs:options` writes their table in
 * docs/reference/options.md from these comments.
 */
export interface SessionOptions extends BrowserOptions {
  /**
   * A string or bytes, at least 32 bytes; the length of a string is counted in UTF-8. In a list, the first secret signs
   * and all verify. Keys are derived from it, one per purpose. Required, unless `tokens.keys` is given.
   * @see docs/key-rotation.md
   */
  secret?: Secret | readonly Secret[] | undefined;
  /**
   * Prefix of every Redis key, and part of the key derivation: applications on one Redis with different prefixes do not
   * accept each other's credentials. Neither do applications with the same prefix and different secrets, but they share
   * the session limit per user, `revokeUser` and `revokeEveryone`; give each application its own prefix. 1 to 64
   * characters without spaces, `{` and `}`.
   * @default 'sk:'
   */
  keyPrefix?: string;
  /** Access and refresh tokens. */
  tokens?: {
    /**
     * Claim `iss`. Tokens of another issuer are refused.
     * @default 'nestjs-session-kit'
     */
    issuer?: string;
    /**
     * Claim `aud`, compared exactly.
     * @default the issuer
     */
    audience?: string;
    /**
     * The only algorithm that is used and accepted with keys derived from `secret`: `HS256`, `HS384` or `HS512`.
     * @default 'HS256'
     */
    algorithm?: HmacAlgorithm;
    /**
     * Key pairs that sign access tokens, so that other services can verify them with the JWKS. With key pairs, `secret`
     * may be omitted; the keys for other purposes are then derived from the private keys.
     * @see docs/key-rotation.md
     */
    keys?: readonly SigningKeyOptions[];
    /**
     * Lifetime of an access token, never beyond the absolute timeout of its session.
     * @default 3600 (1 hour)
     */
    accessTtlSeconds?: number;
    /**
     * Lifetime of a refresh token, and idle timeout of `bearer` and `bearer-cookie` sessions. Each refresh renews it,
     * up to the absolute timeout. Must be longer than `accessTtlSeconds`.
     * @default 604800 (7 days)
     */
    refreshTtlSeconds?: number;
    /**
     * Time for which the refresh token just replaced still yields the same successor. 0 to 300.
     * @default 30
     * @see docs/refresh.md
     */
    reuseGraceSeconds?: number;
    /**
     * Number of access tokens whose signature is not verified again, and of CSRF tokens. Expiry and revocation are
     * checked each time. 0 disables the cache.
     * @default 10000
     */
    verifiedCacheSize?: number;
  };
  /** Timeouts and number of sessions. */
  session?: {
    /**
     * Idle timeout of `cookie` sessions; each request counts as use. Sessions with tokens use
     * `tokens.refreshTtlSeconds`.
     * @default 86400 (24 hours)
     */
    idleTimeoutSeconds?: number;
    /**
     * Time after login at which a session expires regardless of activity.
     * @default 2592000 (30 days)
     */
    absoluteTimeoutSeconds?: number;
    /**
     * Minimum time between two writes of `lastSeenAt`. No request waits for the write. A tenth of the idle timeout if
     * that is shorter.
     * @default 60
     */
    touchIntervalSeconds?: number;
    /**
     * Maximum number of live sessions per user, also with concurrent logins. 1 to 1000; with 1000 a login at the limit
     * keeps Redis busy for 12 ms, in three parts.
     * @default 100
     */
    maxPerUser?: number;
    /**
     * `evict-oldest` ends the oldest session. `reject` answers the login with 409 `SESSION_LIMIT_REACHED`.
     * @default 'evict-oldest'
     */
    onLimitReached?: 'evict-oldest' | 'reject';
    /** Cookie logins with `persistent: true` ("remember me"). */
    persistent?: {
      /**
       * Idle timeout of a cookie login with `persistent: true`.
       * @default 2592000 (30 days)
       */
      idleTimeoutSeconds?: number;
      /**
       * Absolute timeout of such a session, and lifetime of its cookies in the browser.
       * @default 7776000 (90 days)
       */
      absoluteTimeoutSeconds?: number;
    };
  };
  /** `false` turns all limits off. */
  rateLimit?:
    | {
        /**
         * Requests per window. If you set it, it applies to every guarded route; otherwise to the routes of the package
         * and those with `@RateLimit()`.
         * @default 100
         * @see docs/rate-limits.md
         */
        limit?: number;
        /**
         * Length of the window, up to 2592000 (30 days).
         * @default 900 (15 minutes)
         */
        windowSeconds?: number;
      }
    | false;
  /** How access tokens are checked for revocation. */
  revocation?: {
    /**
     * `feed`: no read per request; every node refuses revoked tokens within milliseconds. `store`: one read per
     * request. `none`: access tokens are valid until they expire. A refresh is always checked.
     * @default 'feed'; 'store' with a store that has no revocation log
     * @see docs/revocation.md
     */
    check?: 'feed' | 'store' | 'none';
    /**
     * With `feed`: maximum age of a node's knowledge before it asks the store instead. 100 to 10000.
     * @default 1000
     */
    maxStalenessMs?: number;
    /**
     * Number of replicas that must receive a revocation before it is acknowledged. If fewer do within 400 ms, the
     * answer is 503. 0 to 10.
     * @default 0
     */
    waitReplicas?: number;
  };
  /** Cleanup of expired sessions. */
  cleanup?: {
    /**
     * Interval, varied by a tenth so that nodes do not start together. Up to 1900000.
     * @default 3600 (1 hour)
     * @see docs/operating.md
     */
    everySeconds?: number;
    /** A cron expression of five or six fields instead of `everySeconds`, such as `0 3 * * *`. */
    cron?: string;
    /**
     * `false`: only `CleanupService.run()` cleans up.
     * @default true
     */
    enabled?: boolean;
    /**
     * Number of keys per batch. 1 to 10000.
     * @default 500
     */
    batchSize?: number;
  };
  /**
   * Writes each event to Nest's log as a line of JSON.
   * @default true
   * @see docs/events.md
   */
  audit?: boolean;
  /** The memory store, which is used without `redis` and `store`. In production it must be requested: `memory: {}`. */
  memory?: {
    /**
     * Maximum number of sessions.
     * @default 50000
     */
    maxSessions?: number;
  };
  /**
   * Called at each refresh and each touch, and again if the claims changed before it returned. Its result replaces the
   * claims. `null` or `undefined` ends the session (a disabled or deleted user). If it throws, the answer is 503 and
   * nothing changes.
   */
  claimsFor?: (userId: string, session: Session) => Promise<SessionClaims | null | undefined>;
}

/** The unvalidated options including the store, whose types belong to higher layers. */
export type WrittenOptions = SessionOptions & { redis?: unknown; store?: unknown };
