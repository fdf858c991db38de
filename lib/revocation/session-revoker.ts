import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { RevokedBy } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.service.js';
import { isHandle } from '../rules/handle.js';
import type { CredentialSession } from '../rules/credential-session.js';
import type { SessionRecord } from '../rules/session-record.js';
import { RevocationLog } from '../store/revocation-log.js';
import { SessionStore } from '../store/session-store.js';
import { timers } from '../core/timers.js';

/** The origin of a revocation, for the audit. */
export interface RevocationContext {
  readonly by: RevokedBy;
  readonly userId?: string | undefined;
  readonly ip?: string | undefined;
}

/** Identifies a session to end by a handle that it has, or had before it moved. */
export interface SessionReference {
  readonly handle: string;
  /** The session is not proven to exist: a client supplied the handle, or the cookie from which it was derived. */
  readonly isUnproven?: boolean | undefined;
  /** Ends the session only if it belongs to this user. */
  readonly userId?: string | undefined;
  /** From a token that also proves the handle and the user; finds the session regardless of how long ago it moved. */
  readonly lineage?: string | undefined;
}

/** Maximum number of pending revocations. */
const MAX_PENDING = 10_000;

/** Time between two attempts to publish them. */
const RETRY_MS = 250;

/**
 * Ends sessions and publishes their end. Every deliberate revocation goes through this class.
 *
 * A revocation is published before it is carried out, so that a crash in between cannot leave a node unaware of it.
 * Sessions that the store ends by itself are published afterwards.
 */
@Injectable()
export class SessionRevoker implements BeforeApplicationShutdown {
  /** Ended handles that could not be published yet; sent with the next publication, and retried on a timer. */
  readonly #pending = new Set<string>();
  #retryTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly store: SessionStore,
    private readonly log: RevocationLog,
    private readonly events: SessionEvents,
  ) {}

  /** The last attempt to publish pending revocations. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#closed = true;
    timers.clearTimeout(this.#retryTimer);
    await failureOf(this.#publish([]));
  }

  /** @returns false if there was no such session */
  revoke(name: SessionReference, ended: RevocationContext): Promise<boolean> {
    return this.revokeAndReport(name, ({ handle, userId }) =>
      this.#emit([handle], { ...ended, userId }),
    );
  }

  /** Ends the sessions of credentials, each once. */
  async revokeByCredentials(
    sessions: readonly CredentialSession[],
    ended: RevocationContext,
  ): Promise<void> {
    const distinct = new Map(sessions.map((one) => [one.handle, one]));
    await Promise.all(
      Array.from(distinct.values(), ({ handle, isUnsigned, origin }) =>
        this.revoke({ handle, isUnproven: isUnsigned, ...origin }, ended),
      ),
    );
  }

  /**
   * As `revoke`, for callers that report the revocation themselves. A handle without a session is not published, unless
   * a token proves that the session existed: an earlier call may have ended it without being able to publish it.
   * @param tell called with the record that ended
   */
  async revokeAndReport(
    name: SessionReference,
    tell: (record: SessionRecord) => void,
  ): Promise<boolean> {
    const record = await this.#find(name).catch((error: Error) => this.#publishUnread(name, error));
    const published = record?.handle ?? (name.lineage && name.handle);
    const handles = published ? [published] : [];
    // The session ends even if publishing failed. A second call may not get this far: nothing is known any more about a
    // reused refresh token, so the revocation stays pending.
    const failure = await failureOf(this.#publish(handles));
    if (failure) this.#addPending(handles);
    const ended = record && (await this.store.delete(record.handle));
    if (ended) tell({ ...record, handle: ended });
    if (failure) throw failure;
    // The session moved after it was found.
    if (ended && ended !== published) await this.#publishEnded([ended]);
    return ended !== null;
  }

  /** Ends the sessions of a user except one. @returns how many there were */
  async revokeByUser(
    userId: string,
    ended: RevocationContext,
    exceptHandle?: string,
  ): Promise<number> {
    const kept = exceptHandle === undefined ? null : await this.#find({ handle: exceptHandle });
    const records = await this.store.list(userId);
    const known = records
      .filter(({ lineage }) => lineage !== kept?.lineage)
      .map(({ handle }) => handle);
    // Nothing ends before it is published: a second call would not find the sessions that this one ended.
    await this.#publish(known);
    const handles = await this.store.deleteByUser(userId, exceptHandle);
    this.#emit(handles, { ...ended, userId });
    await this.#publishEnded(handles.filter((handle) => !known.includes(handle)));
    return handles.length;
  }

  async revokeEveryone(): Promise<void> {
    await this.store.deleteBeforeEpoch(await this.beginEpoch());
    this.events.emit({ type: 'everyone.revoked' });
  }

  /** Nodes that receive a new epoch refuse sessions opened before it. @returns the epoch that begins */
  async beginEpoch(): Promise<number> {
    return this.store.raiseEpoch((await this.store.epoch()) + 1);
  }

  /** Publishes and reports the sessions that the store ended by itself. */
  async publishEvicted(handles: readonly string[], ended: RevocationContext): Promise<void> {
    this.#emit(handles, ended);
    await this.#publishEnded(handles);
  }

  async #publishEnded(handles: readonly string[]): Promise<void> {
    if (handles.length === 0) return;
    this.#addPending(handles);
    await this.#publish([]);
  }

  #addPending(handles: readonly string[]): void {
    for (const handle of handles) if (this.#pending.size < MAX_PENDING) this.#pending.add(handle);
    this.#retryTimer ??= timers.setTimeout(() => void this.#retry(), RETRY_MS).unref();
  }

  async #retry(): Promise<void> {
    await failureOf(this.#publish([]));
    this.#retryTimer = undefined;
    if (this.#pending.size > 0 && !this.#closed) this.#addPending([]);
  }

  async #publish(handles: readonly string[]): Promise<void> {
    const all = [...this.#pending, ...handles];
    if (all.length === 0) return;
    await this.log.publish(all.map((handle) => ({ type: 'session', handle })));
    for (const handle of all) this.#pending.delete(handle);
  }

  async #find({ handle, userId, lineage }: SessionReference): Promise<SessionRecord | null> {
    if (!isHandle(handle)) return null;
    const located = await this.store.locate(handle);
    if (located) return userId === undefined || located.userId === userId ? located : null;
    if (userId === undefined || lineage === undefined) return null;
    const records = await this.store.list(userId);
    return records.find((record) => record.lineage === lineage) ?? null;
  }

  /** The record cannot be reached, but the other nodes may be: they refuse the handles they receive. */
  async #publishUnread({ handle, isUnproven }: SessionReference, error: Error): Promise<never> {
    if (!isUnproven) await this.#publish([handle]);
    throw error;
  }

  #emit(handles: readonly string[], { by, userId, ip }: RevocationContext): void {
    if (handles.length === 0) return;
    const handle = handles.length === 1 ? handles[0] : undefined;
    this.events.emit({ type: 'session.revoked', by, count: handles.length, handle, userId, ip });
  }
}

function failureOf(work: Promise<void>): Promise<Error | undefined> {
  return work.then(
    () => undefined,
    (error: Error) => error,
  );
}
