import { Injectable } from '@nestjs/common';
import type { RevokedBy } from '../events/session-event.js';
import { SessionEvents } from '../events/session-events.js';
import { SessionStore } from './session-store.js';

/** Who ends sessions, and from where, for the audit. */
export interface EndedBy {
  readonly by: RevokedBy;
  readonly userId?: string | undefined;
  readonly ip?: string | undefined;
}

/**
 * Ends sessions and tells about it: whatever ends one on purpose does it here.
 *
 * An end is announced first and carried out then, so that no crash in between leaves a node that does not know of it; the
 * second is tried though the first failed, and both have to succeed.
 */
@Injectable()
export class SessionEndings {
  constructor(
    private readonly store: SessionStore,
    private readonly events: SessionEvents,
  ) {}

  /** @returns false when there was no such session */
  async one(handle: string, ended: EndedBy): Promise<boolean> {
    return this.end(handle, () => this.#tell([handle], ended));
  }

  /** As `one`, for those who tell about it themselves. */
  async end(handle: string, tell: () => void): Promise<boolean> {
    const failure = await this.#announce([handle]);
    const existed = await this.store.delete(handle);
    if (existed) tell();
    if (failure) throw failure;
    return existed;
  }

  /** Ends the sessions of a user, but one. @returns how many there were */
  async ofUser(userId: string, ended: EndedBy, exceptHandle?: string): Promise<number> {
    const records = await this.store.list(userId);
    const known = records.map(({ handle }) => handle).filter((handle) => handle !== exceptHandle);
    const failure = await this.#announce(known);
    const handles = await this.store.deleteAll(userId, exceptHandle);
    this.#tell(handles, { ...ended, userId });
    if (failure) throw failure;
    await this.#announceOrThrow(handles.filter((handle) => !known.includes(handle)));
    return handles.length;
  }

  async ofEveryone(): Promise<void> {
    await this.store.deleteEveryone(await this.beginEpoch());
    this.events.emit({ type: 'everyone.revoked' });
  }

  /** Nodes that hear of a new epoch refuse what was opened before it. @returns the epoch that begins */
  async beginEpoch(): Promise<number> {
    const epoch = await this.store.epoch((await this.store.epoch()) + 1);
    await this.store.announce([{ type: 'everyone', epoch }]);
    return epoch;
  }

  /** Announces and tells what the store has ended by itself. */
  async evicted(handles: readonly string[], ended: EndedBy): Promise<void> {
    this.#tell(handles, ended);
    await this.#announceOrThrow(handles);
  }

  #announce(handles: readonly string[]): Promise<Error | undefined> {
    return failureOf(this.#announceOrThrow(handles));
  }

  async #announceOrThrow(handles: readonly string[]): Promise<void> {
    if (handles.length === 0) return;
    await this.store.announce(handles.map((handle) => ({ type: 'session', handle })));
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
