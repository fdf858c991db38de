import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { RevokedBy } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.js';
import type { PresentedSession } from './presented-sessions.js';
import { SessionStore } from './session-store.js';
import { timers } from '../core/timers.js';

/** Who ends sessions, and from where, for the audit. */
export interface EndedBy {
  readonly by: RevokedBy;
  readonly userId?: string | undefined;
  readonly ip?: string | undefined;
}

/** A session does not move more often while one logout is on its way. */
const MOST_MOVES = 3;

/** Most handles whose end is still to be announced. */
const MOST_OWED = 10_000;

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
  async one(handle: string, ended: EndedBy): Promise<boolean> {
    const userId = ended.userId ?? (await this.#ownerOf(handle));
    return this.end(handle, () => this.#tell([handle], { ...ended, userId }));
  }

  /**
   * Ends the session of a credential, also when it got another handle in the meantime: somebody confirmed, or regenerated
   * it, while the logout was on its way.
   */
  async presented(session: PresentedSession, ended: EndedBy): Promise<void> {
    const { handle, origin } = session;
    // Another app with the same key prefix may have opened it. An announcement would end it there.
    if (session.isUnsigned && (await this.store.read(handle)) === null) return;
    const by = { ...ended, userId: origin?.userId };
    let at: string | undefined = handle;
    for (let moves = 0; at !== undefined && moves < MOST_MOVES; moves++) {
      if ((await this.one(at, by)) || !origin) return;
      const records = await this.store.list(origin.userId);
      at = records.find(({ lineage }) => lineage === origin.lineage)?.handle;
    }
  }

  /** As `one`, for those who tell about it themselves. */
  async end(handle: string, tell: () => void): Promise<boolean> {
    // It is carried out though it could not be announced. A second call may not come to this: of a reused refresh token
    // nothing is known any more, so the announcement is owed.
    const failure = await failureOf(this.#announce([handle]));
    if (failure) this.#owe([handle]);
    const existed = await this.store.delete(handle);
    if (existed) tell();
    if (failure) throw failure;
    return existed;
  }

  /** Ends the sessions of a user, but one. @returns how many there were */
  async ofUser(userId: string, ended: EndedBy, exceptHandle?: string): Promise<number> {
    const records = await this.store.list(userId);
    const known = records.map(({ handle }) => handle).filter((handle) => handle !== exceptHandle);
    // Nothing ends before it is announced: a second call would not find what ended here.
    await this.#announce(known);
    const handles = await this.store.deleteAll(userId, exceptHandle);
    this.#tell(handles, { ...ended, userId });
    await this.#announceEnded(handles.filter((handle) => !known.includes(handle)));
    return handles.length;
  }

  async ofEveryone(): Promise<void> {
    await this.store.deleteEveryone(await this.beginEpoch());
    this.events.emit({ type: 'everyone.revoked' });
  }

  /** Nodes that hear of a new epoch refuse what was opened before it. @returns the epoch that begins */
  async beginEpoch(): Promise<number> {
    return this.store.epoch((await this.store.epoch()) + 1);
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
    for (const handle of handles) if (this.#owed.size < MOST_OWED) this.#owed.add(handle);
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
    await this.store.announce(all.map((handle) => ({ type: 'session', handle })));
    for (const handle of all) this.#owed.delete(handle);
  }

  /** A cookie and a handle do not say whose they are, and the audit has to (ASVS 16.2.1). No end fails for that. */
  async #ownerOf(handle: string): Promise<string | undefined> {
    const record = await this.store.read(handle).catch(() => null);
    return record?.userId;
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
