import { Logger } from '@nestjs/common';
import { errorMessage } from '../../core/escape-control-characters.js';
import { timers } from '../../core/timers.js';
import type { RevocationSubscription } from '../revocation.js';

const RETRY_MS = 100;
/** Minimum outage that is logged: a reconnect fails once or twice. */
const MIN_OUTAGE_MS = 1000;

/** One reader of a revocation log. */
export interface RevocationLogReader {
  /** Reads the new entries and passes them on; waits for them if there are none. */
  readOnce(): Promise<void>;
  /** Called after a failed read. */
  onFailure?(): void;
  /** Ends the wait of a read. */
  stop(): void;
}

/** Reads a revocation log until it is closed. Logs when it cannot be read, and when it can be read again. */
export class RevocationReadLoop implements RevocationSubscription {
  readonly #logger = new Logger('SessionStore');
  readonly #running: Promise<void>;
  #closed = false;
  #failingSinceMs: number | undefined;
  #isReported = false;

  constructor(private readonly reader: RevocationLogReader) {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.reader.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        await this.reader.readOnce();
        this.#recordSuccess();
      } catch (error) {
        this.reader.onFailure?.();
        if (this.#closed) return;
        this.#recordFailure(error);
        await timers.sleep(RETRY_MS);
      }
    }
  }

  #recordSuccess(): void {
    if (this.#isReported) this.#logger.log('the revocation log is read again');
    this.#isReported = false;
    this.#failingSinceMs = undefined;
  }

  #recordFailure(error: unknown): void {
    this.#failingSinceMs ??= timers.monotonicMs();
    if (this.#isReported || timers.monotonicMs() - this.#failingSinceMs < MIN_OUTAGE_MS) return;
    this.#isReported = true;
    this.#logger.error(
      `the revocation log cannot be read, so each request asks the store: ${errorMessage(error)}`,
    );
  }
}
