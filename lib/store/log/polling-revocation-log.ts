import { randomId } from '../../core/random.js';
import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import type { Revocation, RevocationSubscriber, RevocationSubscription } from '../revocation.js';
import { RevocationLog } from '../revocation-log.js';
import type { SessionStore } from '../session-store.js';
import type { RevocationSettings } from '../store-backend.js';
import { type LogEntry, newLogEntry, type StoredLogEntry } from './log-entry.js';
import { PollingReader } from './polling-reader.js';
import { RevocationReadLoop } from './revocation-read-loop.js';

/**
 * A revocation log for databases that can only append entries and read them, such as SQL databases. It reads the log
 * three times per `maxStalenessMs`, appends the revocations of one moment together, and notices gaps.
 *
 * The store drops entries older than `revocation.windowMs` when it sweeps. A reader that has not seen them notices.
 */
export abstract class PollingRevocationLog extends RevocationLog {
  readonly #readers = new Set<PollingReader>();
  #queued: LogEntry[] = [];
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  /**
   * @param store the store of the same backend, whose epoch new subscribers receive
   * @param revocation the settings of the `StoreContext`
   */
  constructor(
    private readonly store: Pick<SessionStore, 'raiseEpoch'>,
    private readonly revocation: Pick<RevocationSettings, 'maxStalenessMs'>,
  ) {
    super();
  }

  /**
   * Appends entries in this order, all or none. Once it returns, `readSince` returns them on every node. An entry must
   * not become visible after one with a higher position: assign positions under a lock that is held until the commit.
   */
  protected abstract append(entries: readonly LogEntry[]): Promise<void>;

  /** Returns the entries from `position` on, inclusive and in order; at most `limit`. Must not read a replica. */
  protected abstract readSince(position: number, limit: number): Promise<readonly StoredLogEntry[]>;

  /** Reads new entries now. Call it when the database reports that there are some; polling goes on regardless. */
  protected wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  /** Revocations that arrive while others are being appended are appended together. */
  publish(revocations: readonly Revocation[]): Promise<void> {
    this.#queued.push(...revocations.map(newLogEntry));
    this.#next ??= this.#last.then(() => this.#flush());
    this.#last = this.#next.catch(() => undefined);
    return this.#next;
  }

  async subscribe(subscriber: RevocationSubscriber): Promise<RevocationSubscription> {
    const reader = new PollingReader(subscriber, {
      readSince: (position, limit) => this.readSince(position, limit),
      begin: () => this.append([{ id: randomId(), text: 'began ' }]),
      raiseEpoch: (atLeast) => this.store.raiseEpoch(atLeast),
      // A third: one read without a result and the next read have to fit into the maximum staleness of a node.
      pauseMs: Math.floor(this.revocation.maxStalenessMs / 3),
    });
    this.#readers.add(reader);
    const loop = new RevocationReadLoop(reader);
    return {
      close: async () => {
        this.#readers.delete(reader);
        await loop.close();
      },
    };
  }

  #flush(): Promise<void> {
    const entries = this.#queued;
    this.#queued = [];
    this.#next = undefined;
    return withTimeout(STORE_CALL_MS, this.append(entries));
  }
}
