import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { RevokedBy } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.js';
import { isHandle } from './handle.js';
import type { PresentedSession } from './presented-sessions.js';
import type { SessionRecord } from './session-record.js';
import { SessionStore } from './session-store.js';
import { timers } from '../core/timers.js';

/** Who ends sessions, and from where, for the audit. */
export interface EndedBy {
  readonly by: RevokedBy;
  readonly userId?: string | undefined;
  readonly ip?: string | undefined;
}

/** What names a session to end: a handle that it has, or had before it moved. */
export interface SessionName {
  readonly handle: string;
  /** Nothing proves that there is such a session: a client made the handle, or the cookie that leads to it. */
  readonly claimed?: boolean | undefined;
  /** Ends it only when it is a session of this user. */
  readonly userId?: string | undefined;
  /** As a token proves it together with the handle and the user: finds the session however long ago it moved. */
  readonly lineage?: string | undefined;
}

/** Most handles whose end is still to be announced. */
const MAX_PENDING = 10_000;

/** Time between two attempts to announce them. */
const OWED_MS = 250;

/**
 * Ends sessions and tells about it: whatever ends one on purpose does it here.
 *
 * An end is announced first and carried out then, so that no crash in between leaves a node that does not know of it. What
 * the store ends by itself is announced after.
 */
@Injectable()
export class SessionEndings implements BeforeApplicationShutdown {
  /** Handles that have ended and nobody could be told of: they go with the next announcement, and by themselves. */
  readonly #owed = new Set<string>();
  #owedTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly store: SessionStore,
    private readonly events: SessionEvents,
  ) {}

  /** The last chance for what is owed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#closed = true;
    timers.clearTimeout(this.#owedTimer);
    await failureOf(this.#announce([]));
  }

  /** @returns false when there was no such session */
  one(name: SessionName, ended: EndedBy): Promise<boolean> {
    return this.end(name, ({ handle, userId }) => this.#tell([handle], { ...ended, userId }));
  }

  /** Ends the session of a credential. */
  async presented({ handle, isUnsigned, origin }: PresentedSession, ended: EndedBy): Promise<void> {
    await this.one({ handle, claimed: isUnsigned, ...origin }, ended);
  }

  /**
   * As `one`, for callers that report it themselves. A handle without a session is not announced, unless a token proves
   * that there was one: an earlier call may have ended it without being able to announce it.
   * @param tell called with the record that ended
   */
  async end(name: SessionName, tell: (record: SessionRecord) => void): Promise<boolean> {
    const record = await this.#find(name).catch((error: Error) => this.#unreachable(name, error));
    const announced = record?.handle ?? (name.lineage && name.handle);
    const handles = announced ? [announced] : [];
    // It is carried out though it could not be announced. A second call may not come to this: of a reused refresh token
    // nothing is known any more, so the announcement is owed.
    const failure = await failureOf(this.#announce(handles));
    if (failure) this.#owe(handles);
    const ended = record && (await this.store.delete(record.handle));
    if (ended) tell({ ...record, handle: ended });
    if (failure) throw failure;
    // It moved after it was found.
    if (ended && ended !== announced) await this.#announceEnded([ended]);
    return ended !== null;
  }

  /** Ends the sessions of a user, but one. @returns how many there were */
  async ofUser(userId: string, ended: EndedBy, exceptHandle?: string): Promise<number> {
    const kept = exceptHandle === undefined ? null : await this.#find({ handle: exceptHandle });
    const records = await this.store.list(userId);
    const known = records
      .filter(({ lineage }) => lineage !== kept?.lineage)
      .map(({ handle }) => handle);
    // Nothing ends before it is announced: a second call would not find what ended here.
    await this.#announce(known);
    const handles = await this.store.deleteByUser(userId, exceptHandle);
    this.#tell(handles, { ...ended, userId });
    await this.#announceEnded(handles.filter((handle) => !known.includes(handle)));
    return handles.length;
  }

  async ofEveryone(): Promise<void> {
    await this.store.deleteBeforeEpoch(await this.beginEpoch());
    this.events.emit({ type: 'everyone.revoked' });
  }

  /** Nodes that hear of a new epoch refuse what was opened before it. @returns the epoch that begins */
  async beginEpoch(): Promise<number> {
    return this.store.raiseEpoch((await this.store.epoch()) + 1);
  }

  /** Announces and tells what the store has ended by itself. */
  async evicted(handles: readonly string[], ended: EndedBy): Promise<void> {
    this.#tell(handles, ended);
    await this.#announceEnded(handles);
  }

  async #announceEnded(handles: readonly string[]): Promise<void> {
    if (handles.length === 0) return;
    this.#owe(handles);
    await this.#announce([]);
  }

  #owe(handles: readonly string[]): void {
    for (const handle of handles) if (this.#owed.size < MAX_PENDING) this.#owed.add(handle);
    this.#owedTimer ??= timers.setTimeout(() => void this.#pay(), OWED_MS).unref();
  }

  async #pay(): Promise<void> {
    await failureOf(this.#announce([]));
    this.#owedTimer = undefined;
    if (this.#owed.size > 0 && !this.#closed) this.#owe([]);
  }

  async #announce(handles: readonly string[]): Promise<void> {
    const all = [...this.#owed, ...handles];
    if (all.length === 0) return;
    await this.store.publish(all.map((handle) => ({ type: 'session', handle })));
    for (const handle of all) this.#owed.delete(handle);
  }

  async #find({ handle, userId, lineage }: SessionName): Promise<SessionRecord | null> {
    if (!isHandle(handle)) return null;
    const located = await this.store.locate(handle);
    if (located) return userId === undefined || located.userId === userId ? located : null;
    if (userId === undefined || lineage === undefined) return null;
    const records = await this.store.list(userId);
    return records.find((record) => record.lineage === lineage) ?? null;
  }

  /** The record cannot be reached, but the other nodes perhaps can: what they hear, they refuse. */
  async #unreachable({ handle, claimed }: SessionName, error: Error): Promise<never> {
    if (!claimed) await this.#announce([handle]);
    throw error;
  }

  #tell(handles: readonly string[], { by, userId, ip }: EndedBy): void {
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
