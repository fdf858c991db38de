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

/** Ends sessions and tells about it: whatever ends one on purpose does it here. */
@Injectable()
export class SessionEndings {
  constructor(
    private readonly store: SessionStore,
    private readonly events: SessionEvents,
  ) {}

  /** @returns false when there was no such session */
  async one(handle: string, ended: EndedBy): Promise<boolean> {
    const existed = await this.store.delete(handle);
    if (existed) this.tell([handle], ended);
    return existed;
  }

  /** Ends the sessions of a user, but one. @returns how many there were */
  async ofUser(userId: string, ended: EndedBy, exceptHandle?: string): Promise<number> {
    const handles = await this.store.deleteAll(userId, exceptHandle);
    this.tell(handles, { ...ended, userId });
    return handles.length;
  }

  async ofEveryone(): Promise<void> {
    await this.store.deleteEveryone();
    this.events.emit({ type: 'everyone.revoked' });
  }

  /** Tells about sessions that the store has ended by itself. */
  tell(handles: readonly string[], { by, userId, ip }: EndedBy): void {
    if (handles.length === 0) return;
    const handle = handles.length === 1 ? handles[0] : undefined;
    this.events.emit({ type: 'session.revoked', by, count: handles.length, handle, userId, ip });
  }
}
