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

/** A request may wait for it, and one that never answers must not keep its session from being touched for ever. */
const CLAIMS_TIMEOUT_MS = 5000;

/** Asks the app for the claims of a user (`claimsFor`), where it gave a function for that. */
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
   * @returns the claims to use from now on, or null when the session must end
   * @throws SessionError `STORE_UNAVAILABLE` when the app's function throws, or returns claims that cannot be used: whether
   * the user may go on is not known
   */
  async claimsOf(record: SessionRecord): Promise<SessionClaims | null> {
    if (!this.options.claimsFor) return record.claims;
    try {
      const provided = this.options.claimsFor(record.userId, toSession(record));
      const claims = await withTimeout(CLAIMS_TIMEOUT_MS, provided);
      // What finds nothing answers undefined as often as null, and neither is a user.
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

/** The answer to a question about the claims of a session. */
export interface ProvidedClaims {
  readonly claims: SessionClaims;
  /** Version of the claims that the session had when the question was asked. */
  readonly claimsVersion: number;
}

/** Most times the app is asked again because the claims changed before its answer came. */
export const MAX_QUERIES = 3;

/**
 * The record with the claims of an answer, itself where they are equal. Access tokens made before a change no longer count
 * (ASVS 8.3.2).
 * @returns undefined when the claims changed after the question: nobody can tell which of the two is newer
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
 * The record with these claims in a new version, also when they are the ones it had: a caller that repeats a change whose
 * answer was lost must not be told that it is done while the change was never announced.
 *
 * Versions follow the clock, so that none comes twice when a failover of the store loses one.
 */
export function withNewClaims(
  record: SessionRecord,
  claims: SessionClaims,
  nowMs: number,
): SessionRecord {
  return { ...record, claims, claimsVersion: Math.max(record.claimsVersion + 1, nowMs) };
}
