import type { HmacAlgorithm, SessionOptions } from './session-options.js';

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
    readonly onMaxReached: 'evict-oldest' | 'reject';
  };
  abstract readonly revocation: { readonly check: 'store' | 'none' };
  abstract readonly memory: { readonly maxSessions: number };
  abstract readonly claimsFor: SessionOptions['claimsFor'];
}
