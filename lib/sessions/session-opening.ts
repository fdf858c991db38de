import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { requireUserId } from './handle.js';
import { type Carriage, type CreateInput, newSession } from './new-session.js';
import { SessionEndings } from './session-endings.js';
import type { SessionRecord } from './session-record.js';
import { SessionStore } from './session-store.js';

/** Opens sessions: makes one with what proves it, then adds it to the store. */
@Injectable()
export class SessionOpening {
  constructor(
    private readonly store: SessionStore,
    private readonly credentials: CredentialIssuer,
    private readonly endings: SessionEndings,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /** A session that is not in the store yet. @throws as `newSession` */
  async prepare(input: CreateInput, carriage: Carriage): Promise<IssuedCredential> {
    requireUserId(input.userId);
    const epoch = await this.store.epoch();
    const nowMs = this.clock.nowMs();
    const session = newSession(input, carriage, this.options, { nowMs, epoch });
    return this.credentials.issue(session, nowMs);
  }

  /**
   * Adding is idempotent, so a lost answer is asked for once more: nobody knows the session yet.
   * @throws SessionError `SESSION_LIMIT_REACHED`, `STORE_UNAVAILABLE`
   */
  async add(record: SessionRecord): Promise<void> {
    const { maxPerUser: max, onMaxReached: onMax } = this.options.session;
    const outcome = await this.store
      .create(record, { max, onMax })
      .catch(() => this.store.create(record, { max, onMax }));
    if (!outcome.created) throw new SessionError('SESSION_LIMIT_REACHED');
    const { userId, handle, lineage, transport, device } = record;
    const { ip } = device;
    const announced = this.endings.evicted(outcome.evicted, { by: 'cap', userId, ip });
    this.events.emit({ type: 'session.created', transport, userId, handle, lineage, ip });
    await announced;
  }
}
