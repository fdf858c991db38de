import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../options/resolved-options.js';
import {
  type ProvidedClaims,
  ClaimsProvider,
  MAX_QUERIES,
  withProvidedClaims,
} from './claims-provider.js';
import { RecordBinding } from '../store/record-binding.js';
import { isLive, type SessionRecord } from '../rules/session-record.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { SessionStore } from '../store/session-store.js';
import { SessionUpdater } from '../store/session-updater.js';

/** Records that a session is in use: at most once per interval, and without delaying a request. */
@Injectable()
export class ActivityTracker {
  /** Handles with a touch in progress, at most one for each session. */
  readonly #inProgress = new Set<string>();

  constructor(
    private readonly store: SessionStore,
    private readonly updater: SessionUpdater,
    private readonly claims: ClaimsProvider,
    private readonly revoker: SessionRevoker,
    private readonly binding: RecordBinding,
    private readonly options: ResolvedOptions,
  ) {}

  /** Starts a touch when one is due and returns at once. */
  recordActivity(record: SessionRecord, nowMs: number): void {
    if (!this.#isDue(record, nowMs) || this.#inProgress.has(record.handle)) return;
    this.#inProgress.add(record.handle);
    this.#touch(record, nowMs)
      // The resilient store has logged the outage; the next request tries again.
      .catch(() => undefined)
      .finally(() => this.#inProgress.delete(record.handle));
  }

  /** A record that no key binds is due at once, so that the next request does not have to accept it unbound again. */
  #isDue(record: SessionRecord, nowMs: number): boolean {
    const unusedMs = nowMs - record.lastSeenAtMs;
    return unusedMs >= this.options.session.touchIntervalMs || !this.binding.isBound(record);
  }

  async #touch(used: SessionRecord, nowMs: number): Promise<void> {
    let record = used;
    for (let queries = 0; queries < MAX_QUERIES; queries++) {
      const { handle, claimsVersion } = record;
      const claims = await this.claims.claimsOf(record);
      if (claims === null) {
        await this.revoker.revoke({ handle }, { by: 'claims' });
        return;
      }
      const provided = { claims, claimsVersion };
      // A write binds the record to the current key, so a session in use survives a rotation of the secret.
      if (
        withProvidedClaims(record, provided, nowMs) === record &&
        this.binding.isCurrent(record)
      ) {
        await this.store.touch(handle, nowMs);
        return;
      }
      const newer = await this.#updateClaims(handle, provided);
      if (!newer) return;
      record = newer;
    }
  }

  /** @returns the record if its claims changed after the claims provider was called */
  #updateClaims(handle: string, provided: ProvidedClaims): Promise<SessionRecord | undefined> {
    return this.updater.updateForwarded<SessionRecord | undefined>(handle, (current, nowMs) => {
      if (!current || !isLive(current, nowMs)) return { result: undefined };
      const renewed = withProvidedClaims(current, provided, nowMs);
      if (!renewed) return { result: current };
      return { result: undefined, write: { ...renewed, lastSeenAtMs: nowMs } };
    });
  }
}
