import type { HmacAlgorithm } from './key-options.js';
import type { SessionOptions } from './session-options.js';

/** What the code reads: complete, checked, frozen, durations in milliseconds. An abstract class, so that it is its own token. */
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
    /** Binds CSRF tokens before there is a session. */
    readonly csrfName: string;
    readonly sameSite: 'lax' | 'strict' | 'none';
    readonly secure: boolean;
    readonly domain: string | undefined;
    readonly path: string;
    readonly refreshPath: string | undefined;
    readonly partitioned: boolean;
  };
  /** `clearSiteData`: value of the header, undefined where there is nothing to clear. */
  abstract readonly logout: { readonly clearSiteData: string | undefined };
  abstract readonly csrf: {
    readonly require: 'token' | 'origin';
    readonly trustedOrigins: ReadonlySet<string>;
    readonly headerName: string;
  };
  /** `everywhere`: the app set a limit, so it holds for every guarded route. */
  abstract readonly rateLimit:
    | { readonly limit: number; readonly windowSeconds: number; readonly everywhere: boolean }
    | false;
  abstract readonly revocation: {
    readonly check: 'feed' | 'store' | 'none';
    readonly maxStalenessMs: number;
    readonly waitReplicas: number;
    /** How long a revocation is kept: after that, no token made before it can be alive. */
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
