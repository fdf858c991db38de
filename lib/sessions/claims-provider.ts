import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { SessionClaims } from '../core/session.js';
import { errorMessage } from '../core/escape-control-characters.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../jwt/token-claims.js';
import { withTimeout } from '../resilience/timeout.js';
import { type SessionRecord, toSession } from '../rules/session-record.js';
import { TokenIssuer } from './token-issuer.js';

/**
 * A request may wait for the claims provider, and one that never answers must not block touches of its session forever.
 */
const CLAIMS_TIMEOUT_MS = 5000;

/** Calls the function `claimsFor` of the app, if it is configured, for the claims of a user. */
@Injectable()
export class ClaimsProvider {
  readonly #logger = new Logger('SessionModule');

  constructor(
    private readonly issuer: TokenIssuer,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  get isConfigured(): boolean {
    return this.options.claimsFor !== undefined;
  }

  /**
   * @returns the claims to use from now on, or null if the session must end
   * @throws SessionError `STORE_UNAVAILABLE` if the function throws or returns invalid claims: it is unknown whether
   * the user still has access
   */
  async claimsOf(record: SessionRecord): Promise<SessionClaims | null> {
    const { claimsFor } = this.options;
    if (!claimsFor) return record.claims;
    // Asynchronous, because a function in JavaScript may return the claims or throw instead of returning a promise.
    const provide = async () => claimsFor(record.userId, toSession(record));
    try {
      const claims = await withTimeout(CLAIMS_TIMEOUT_MS, provide());
      // A query without a result yields undefined as often as null; both mean that the user does not exist.
      if (claims === null || claims === undefined) return null;
      const checked = appClaims(claims);
      this.issuer.requireFit(record, checked, this.clock.nowMs());
      return checked;
    } catch (error) {
      this.#logger.error(`claimsFor failed: ${errorMessage(error)}`);
      throw new SessionError('STORE_UNAVAILABLE');
    }
  }
}

/** The answer of the claims provider for a session. */
export interface ProvidedClaims {
  readonly claims: SessionClaims;
  /** Version of the claims of the session at the call. */
  readonly claimsVersion: number;
}

/** Maximum number of calls if the claims change before the answer arrives. */
export const MAX_QUERIES = 3;

/**
 * The record with the provided claims; the same record if they are equal. Access tokens issued before a change become
 * invalid (ASVS 8.3.2).
 * @returns undefined if the claims changed after the call, because it is unknown which of the two are newer
 */
export function withProvidedClaims(
  record: SessionRecord,
  { claims, claimsVersion }: ProvidedClaims,
  nowMs: number,
): SessionRecord | undefined {
  if (record.claimsVersion !== claimsVersion) return undefined;
  return isDeepStrictEqual(claims, record.claims) ? record : withNewClaims(record, claims, nowMs);
}

/**
 * The record with these claims under a new version, even if they are equal: a caller that repeats a change whose answer
 * was lost must not get success for a change that was never published.
 *
 * Versions follow the clock, so that no version is used twice if a failover of the store loses one.
 */
export function withNewClaims(
  record: SessionRecord,
  claims: SessionClaims,
  nowMs: number,
): SessionRecord {
  return { ...record, claims, claimsVersion: Math.max(record.claimsVersion + 1, nowMs) };
}
