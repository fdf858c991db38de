import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import type { Session, SessionClaims, SessionData } from '../core/session.js';
import { SessionEvents } from '../events/session-events.service.js';
import { appClaims } from '../jwt/token-claims.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import { requireString } from '../rules/arguments.js';
import { isHandle, requireUserId } from '../rules/handle.js';
import { sessionData } from '../rules/session-data.js';
import { isLive, type SessionRecord, toSession } from '../rules/session-record.js';
import { SessionStore } from '../store/session-store.js';
import { SessionUpdater } from '../store/session-updater.js';
import { withNewClaims } from './claims-provider.js';
import {
  CredentialIssuer,
  type SessionWithCredential,
  withCredential,
} from './credential-issuer.js';

/** Finds, changes and ends sessions by their handle or user, without a request. The base class of `SessionService`. */
@Injectable()
export abstract class SessionAdministration {
  constructor(
    private readonly store: SessionStore,
    private readonly updater: SessionUpdater,
    private readonly credentials: CredentialIssuer,
    private readonly revoker: SessionRevoker,
    protected readonly events: SessionEvents,
    protected readonly clock: Clock,
  ) {}

  /** The live session with this handle, or null. Does not count as use. */
  async find(handle: string): Promise<Session | null> {
    if (!isHandle(handle)) return null;
    const record = await this.readLive(handle, this.clock.nowMs());
    return record && toSession(record);
  }

  /**
   * Changes the data of a session; concurrent changes are applied one after the other, and none is lost. A session that
   * got a new handle a moment ago, by `confirm` or `regenerate`, is also found by its old handle.
   * @param change fields to set, or a synchronous function from the old data to the new; it may be called repeatedly
   * @throws SessionError `SESSION_ENDED` if the session has ended: a write never restores it; `STORE_UNAVAILABLE`
   * @throws BadRequestException, PayloadTooLargeException, TypeError (a promise, a Map) if the data cannot be stored
   */
  async update(
    handle: string,
    change: Partial<SessionData> | ((data: SessionData) => SessionData),
  ): Promise<Session> {
    const updated = await this.updater.updateLive('updateForwarded', handle, (current) => {
      const data =
        typeof change === 'function'
          ? change(current.data)
          : { ...current.data, ...sessionData(change) };
      return { record: { ...current, data: sessionData(data) } };
    });
    return toSession(updated.record);
  }

  /**
   * Replaces the claims in all sessions of a user. Access tokens issued before are no longer valid: clients refresh and
   * continue with the new claims. A concurrent login may still store the claims that it was given: change them at their
   * source first.
   * @returns how many sessions there were
   * @throws TypeError for claims that are invalid or that the tokens of one of the sessions could not carry; then no
   * session changes
   */
  async updateClaims(userId: string, claims: SessionClaims): Promise<number> {
    const checked = appClaims(claims);
    const nowMs = this.clock.nowMs();
    const records = await this.store.list(requireUserId(userId));
    const live = records.filter((record) => isLive(record, nowMs));
    this.credentials.requireFit(live, checked, nowMs);
    const changed = await Promise.all(
      live.map(({ handle }) =>
        this.updater.updateForwarded(handle, (record, now) =>
          record && isLive(record, now)
            ? { result: true, write: withNewClaims(record, checked, now) }
            : { result: false },
        ),
      ),
    );
    return changed.filter(Boolean).length;
  }

  /**
   * Gives a session a new id and keeps the rest; the old id and its credentials end at once. For a change of privilege
   * (ASVS 7.2.4).
   * @returns the session with the new `tokens`, or for the transport `cookie` with the new `secret`; send it to a
   * browser with `setCredential`
   * @throws SessionError `SESSION_ENDED`, `STORE_UNAVAILABLE`
   */
  async regenerate(previousHandle: string): Promise<SessionWithCredential> {
    const issued = await this.updater.updateLive('update', previousHandle, (current, nowMs) =>
      this.credentials.issue(current, nowMs),
    );
    const { userId, handle, lineage } = issued.record;
    this.events.emit({ type: 'session.regenerated', previousHandle, userId, handle, lineage });
    return withCredential(issued);
  }

  /** The live sessions of a user, newest first. */
  async list(userId: string): Promise<Session[]> {
    const nowMs = this.clock.nowMs();
    const records = await this.store.list(requireUserId(userId));
    return records
      .filter((record) => isLive(record, nowMs))
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
      .map(toSession);
  }

  /**
   * Ends the session that has this handle or had it a moment ago. While the store cannot be read, the handle is
   * published all the same, so that other nodes refuse it: do not pass one that a client may have invented.
   * @returns false if there was no such session
   */
  async revoke(handle: string): Promise<boolean> {
    return this.revoker.revoke({ handle }, { by: 'service' });
  }

  /** Ends all sessions of a user except one, for example after a change of password (ASVS 7.4.3). */
  async revokeOthers(userId: string, keepHandle: string): Promise<number> {
    requireString('keepHandle', keepHandle);
    return this.revoker.revokeByUser(requireUserId(userId), { by: 'service' }, keepHandle);
  }

  /** Ends all sessions of a user (ASVS 7.4.2). @returns how many there were */
  async revokeUser(userId: string): Promise<number> {
    return this.revoker.revokeByUser(requireUserId(userId), { by: 'service' });
  }

  /**
   * Ends all sessions of all users that were opened before the call (ASVS 7.4.5). With `revocation.check: 'feed'` every
   * node refuses them at once; the call returns when the last record is deleted, which takes a visit to each of them.
   */
  revokeEveryone(): Promise<void> {
    return this.revoker.revokeEveryone();
  }

  /** The record of a live session, or null. */
  protected async readLive(handle: string, nowMs: number): Promise<SessionRecord | null> {
    const record = await this.store.read(handle);
    return record && isLive(record, nowMs) ? record : null;
  }
}
