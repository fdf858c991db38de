import { readClock } from '../../core/clock.js';
import { timers } from '../../core/timers.js';
import { STORE_CALL_MS, withTimeout } from '../../resilience/timeout.js';
import type { RevocationSubscriber } from '../revocation.js';
import type { StoredLogEntry } from './log-entry.js';
import { decodeRevocation } from './revocation-codec.js';
import type { RevocationLogReader } from './revocation-read-loop.js';

/** Maximum number of entries per read. */
const MAX_BATCH_ENTRIES = 1000;

export interface PollingLog {
  readSince(position: number, limit: number): Promise<readonly StoredLogEntry[]>;
  /** Appends an entry to an empty log. */
  begin(): Promise<void>;
  /** Returns the epoch of the store, raised if the subscriber knows a higher one. */
  raiseEpoch(atLeast: number): Promise<number>;
  /** Time between two reads. */
  readonly pauseMs: number;
}

/**
 * Reads a log from the last entry that it has read. If that entry is no longer the first one that the log returns,
 * entries may be missing: it reads the whole log again and notifies the subscriber.
 */
export class PollingReader implements RevocationLogReader {
  /** Undefined if the whole log has to be read. */
  #last: StoredLogEntry | undefined;
  #isWoken = false;
  #endPause: () => void = () => undefined;

  constructor(
    private readonly subscriber: RevocationSubscriber,
    private readonly log: PollingLog,
  ) {}

  async readOnce(): Promise<void> {
    this.#isWoken = false;
    // Measured from here: an answer does not cover events that occurred while it was in transit.
    const askedAt = readClock();
    const entries = await withTimeout(
      STORE_CALL_MS,
      this.log.readSince(this.#last?.position ?? 0, MAX_BATCH_ENTRIES),
    );
    const [first] = entries;
    if (this.#last) this.#checkContinues(this.#last, first);
    else if (first) await this.#reset(first);
    else return withTimeout(STORE_CALL_MS, this.log.begin());
    for (const entry of this.#last ? entries.slice(1) : entries) this.#pass(entry);
    this.#last = entries.at(-1);
    if (entries.length === MAX_BATCH_ENTRIES) return;
    this.subscriber.onCaughtUp(askedAt);
    await this.#pause();
  }

  /** Ends the pause before the next read. */
  wake(): void {
    this.#isWoken = true;
    this.#endPause();
  }

  stop(): void {
    this.wake();
  }

  #checkContinues(last: StoredLogEntry, first: StoredLogEntry | undefined): void {
    if (first?.position === last.position && first.id === last.id) return;
    this.#last = undefined;
    throw new Error('the revocation log has lost entries');
  }

  /** The log may have dropped entries of the millisecond of its first one. */
  async #reset({ atMs }: StoredLogEntry): Promise<void> {
    const epoch = await withTimeout(STORE_CALL_MS, this.log.raiseEpoch(this.subscriber.epoch));
    this.subscriber.onReset(atMs + 1);
    this.subscriber.onRevocation({ type: 'everyone', epoch }, atMs);
  }

  #pass({ text, atMs }: StoredLogEntry): void {
    const [type = ''] = text.split(' ', 1);
    const revocation = decodeRevocation(type, text.slice(type.length + 1));
    if (revocation) this.subscriber.onRevocation(revocation, atMs);
  }

  #pause(): Promise<void> | undefined {
    if (this.#isWoken) return undefined;
    return new Promise((resolve) => {
      const timer = timers.setTimeout(resolve, this.log.pauseMs);
      timer.unref();
      this.#endPause = () => {
        timers.clearTimeout(timer);
        resolve();
      };
    });
  }
}
