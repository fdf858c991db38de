import { Injectable, Logger } from '@nestjs/common';
import type { SessionClaims } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { appClaims } from '../tokens/token-claims.js';
import { within } from './deadline.js';
import { type SessionRecord, toSession } from './session-record.js';

/** A request may wait for it, and one that never answers must not keep its session from being touched for ever. */
const CLAIMS_MS = 5000;

/** Asks the app for the claims of a user (`claimsFor`), where it gave a function for that. */
@Injectable()
export class ClaimsSource {
  readonly #logger = new Logger('SessionModule');

  constructor(private readonly options: ResolvedOptions) {}

  get isPresent(): boolean {
    return this.options.claimsFor !== undefined;
  }

  /**
   * @returns the claims to use from now on, or null when the session must end
   * @throws SessionError `STORE_UNAVAILABLE` when the app's function throws: whether the user may go on is not known
   */
  async claimsOf(record: SessionRecord): Promise<SessionClaims | null> {
    if (!this.options.claimsFor) return record.claims;
    try {
      const asked = this.options.claimsFor(record.userId, toSession(record));
      const claims = await within(CLAIMS_MS, asked);
      return claims === null ? null : appClaims(claims);
    } catch (error) {
      this.#logger.error(
        `claimsFor failed: ${error instanceof Error ? error.message : 'it threw no Error'}`,
      );
      throw new SessionError('STORE_UNAVAILABLE');
    }
  }
}

/** The record with these claims. Access tokens made before a change no longer count (ASVS 8.3.2). */
export function withClaims(record: SessionRecord, claims: SessionClaims): SessionRecord {
  if (JSON.stringify(claims) === JSON.stringify(record.claims)) return record;
  return withNewClaims(record, claims);
}

/**
 * As `withClaims`, also for the claims it had: a caller that repeats a change whose answer was lost must not be told that
 * it is done while the change was never announced.
 */
export function withNewClaims(record: SessionRecord, claims: SessionClaims): SessionRecord {
  return { ...record, claims, claimsVersion: record.claimsVersion + 1 };
}
