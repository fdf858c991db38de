import type { Clock } from '../../core/clock.js';
import type { SessionRecord } from '../../rules/session-record.js';
import { FORWARD_MS, MAX_FORWARDS } from '../../store/session-store.js';

/** The forwarding entry of a session that moved. */
interface Forward {
  readonly handle: string;
  readonly expiresAtMs: number;
}

/** The handles to which sessions moved. */
export class MemoryForwards {
  /** By previous handle. */
  readonly #forwards = new Map<string, Forward>();

  /** @param maxForwards maximum number of entries; the oldest are dropped first */
  constructor(
    private readonly clock: Clock,
    private readonly maxForwards: number,
  ) {}

  /** The handle of the session that has this one, or had it before it moved. */
  currentHandle(handle: string): string {
    const nowMs = this.clock.nowMs();
    let current = handle;
    for (let forwards = 0; forwards < MAX_FORWARDS; forwards++) {
      const forward = this.#forwards.get(current);
      if (!forward || forward.expiresAtMs <= nowMs) break;
      current = forward.handle;
    }
    return current;
  }

  add(oldHandle: string, { handle, absoluteExpiresAtMs }: SessionRecord): void {
    this.drop();
    const expiresAtMs = Math.min(this.clock.nowMs() + FORWARD_MS, absoluteExpiresAtMs);
    this.#forwards.set(oldHandle, { handle, expiresAtMs });
  }

  /** Drops expired entries. Entries are in order of creation, and therefore nearly in order of expiry. */
  drop(): void {
    const nowMs = this.clock.nowMs();
    for (const [oldHandle, { expiresAtMs }] of this.#forwards) {
      if (expiresAtMs > nowMs && this.#forwards.size < this.maxForwards) return;
      this.#forwards.delete(oldHandle);
    }
  }
}
