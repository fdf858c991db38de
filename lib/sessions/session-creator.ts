import { Injectable } from '@nestjs/common';
import { Clock } from '../core/clock.js';
import { SessionError } from '../core/session-error.js';
import { SessionEvents } from '../events/session-events.service.js';
import { ResolvedOptions } from '../options/resolved-options.js';
import { CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { requireUserId } from '../rules/handle.js';
import { type SessionTransport, type CreateInput, newSession } from '../rules/new-session.js';
import { SessionRevoker } from '../revocation/session-revoker.js';
import type { SessionRecord } from '../rules/session-record.js';
import { RevocationLog } from '../store/revocation-log.js';
import { type CreateOutcome, type SessionLimit, SessionStore } from '../store/session-store.js';

/** Opens sessions: creates a record with its credential, then adds it to the store. */
@Injectable()
export class SessionCreator {
  constructor(
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly credentials: CredentialIssuer,
    private readonly revoker: SessionRevoker,
    private readonly events: SessionEvents,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {}

  /** Creates a session that is not in the store yet. @throws as `newSession` */
  async prepare(input: CreateInput, sessionTransport: SessionTransport): Promise<IssuedCredential> {
    requireUserId(input.userId);
    const epoch = await this.store.epoch();
    const nowMs = this.clock.nowMs();
    const session = newSession(input, sessionTransport, this.options, { nowMs, epoch });
    return this.credentials.issue(session, nowMs);
  }

  /**
   * Adds the session to the store. If the sessions that it replaced in the store cannot be published, it ends again.
   * @throws SessionError `SESSION_LIMIT_REACHED`, `STORE_UNAVAILABLE`
   */
  async add(record: SessionRecord): Promise<void> {
    const outcome = await this.#create(record);
    if (!outcome.created) throw new SessionError('SESSION_LIMIT_REACHED');
    const { userId, handle, lineage, transport, device } = record;
    const { ip } = device;
    const published = this.revoker.publishEvicted(outcome.evicted, { by: 'cap', userId, ip });
    this.events.emit({ type: 'session.created', transport, userId, handle, lineage, ip });
    await this.endUnlessDone(record, published);
  }

  /**
   * Ends a new session if `work` fails, as far as the store allows: its credential is not delivered then.
   * @throws the error of `work`
   */
  async endUnlessDone(record: SessionRecord, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const { handle, userId, device } = record;
      const context = { by: 'login', userId, ip: device.ip } as const;
      await this.revoker.revoke({ handle }, context).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Before the store ends sessions to make room for the new one, a recheck of the oldest sessions is published: if the
   * answer is lost, it is unknown which of them ended.
   */
  async #create(record: SessionRecord): Promise<CreateOutcome> {
    const { maxPerUser, onLimitReached } = this.options.session;
    const outcome = await this.#createOnce(record, { maxPerUser, onLimitReached: 'reject' });
    if (outcome.created || onLimitReached === 'reject') return outcome;
    const records = await this.store.list(record.userId);
    const oldest = records
      .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
      .slice(0, Math.max(1, records.length + 1 - maxPerUser));
    await this.log.publish(oldest.map(({ handle }) => ({ type: 'recheck', handle })));
    return this.#createOnce(record, { maxPerUser, onLimitReached });
  }

  /** Adding is idempotent and no other caller knows the session yet, so a call whose answer was lost is repeated. */
  #createOnce(record: SessionRecord, limit: SessionLimit): Promise<CreateOutcome> {
    return this.store.create(record, limit).catch(() => this.store.create(record, limit));
  }
}
