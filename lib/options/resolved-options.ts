import type { HmacAlgorithm } from './key-options.js';
import type { SessionOptions } from './session-options.js';

/**
 * The options that the code reads: complete, validated, frozen, with durations in milliseconds. An abstract class, so
 * that it serves as its own injection token.
 */
export abstract class ResolvedOptions {
  abstract readonly keyPrefix: string;
  abstract readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    readonly algorithm: HmacAlgorithm;
    readonly accessTtlMs: number;
    readonly refreshTtlMs: number;
    readonly reuseGraceMs: number;
    readonly verifiedCacheSize: number;
  };
  abstract readonly session: {
    readonly idleTimeoutMs: number;
    readonly absoluteTimeoutMs: number;
    readonly touchIntervalMs: number;
    readonly maxPerUser: number;
    readonly onLimitReached: 'evict-oldest' | 'reject';
    readonly persistent: { readonly idleTimeoutMs: number; readonly absoluteTimeoutMs: number };
  };
  abstract readonly cookie: {
    readonly sessionName: string;
    readonly accessName: string;
    readonly refreshName: string;
    /** The cookie that binds CSRF tokens before login. */
    readonly csrfName: string;
    /** The cookies of `TransientState`, whose names continue with `-` and an id. */
    readonly stateName: string;
    readonly sameSite: 'lax' | 'strict' | 'none';
    readonly secure: boolean;
    readonly domain: string | undefined;
    readonly path: string;
    readonly refreshPath: string | undefined;
    readonly partitioned: boolean;
  };
  /** `clearSiteData`: value of the header, undefined if nothing is to be cleared. */
  abstract readonly logout: { readonly clearSiteData: string | undefined };
  abstract readonly csrf: {
    readonly require: 'token' | 'origin';
    readonly trustedOrigins: ReadonlySet<string>;
    readonly headerName: string;
  };
  /** `everywhere`: the application set a limit, so it applies to every guarded route. */
  abstract readonly rateLimit:
    | { readonly limit: number; readonly windowSeconds: number; readonly everywhere: boolean }
    | false;
  abstract readonly revocation: {
    readonly check: 'feed' | 'store' | 'none';
    readonly maxStalenessMs: number;
    readonly waitReplicas: number;
    /** Time for which a revocation is kept: after that, every token issued before it has expired. */
    readonly windowMs: number;
  };
  abstract readonly cleanup: {
    readonly everyMs: number;
    readonly cron: string | undefined;
    readonly enabled: boolean;
    readonly batchSize: number;
  };
  abstract readonly audit: boolean;
  abstract readonly memory: { readonly maxSessions: number };
  abstract readonly claimsFor: SessionOptions['claimsFor'];
}
