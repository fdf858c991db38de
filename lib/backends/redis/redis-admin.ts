import { withCommandTimeout } from './commands/command-timeout.js';
import { scanKeys } from './commands/scan-keys.js';
import { connectedMasters, type RedisContext } from './redis-context.js';
import { redisDeleteBeforeEpoch } from './redis-delete-before-epoch.js';

/** Operations on all sessions in Redis, in batches, for the command line. */
export class RedisAdmin {
  constructor(private readonly context: RedisContext) {}

  /**
   * Counts in batches. A user is counted while the index exists, that is, until the sweep after the last session
   * expired.
   */
  async *count(): AsyncIterable<{ readonly sessions: number; readonly users: number }> {
    const { keys } = this.context;
    for (const master of await connectedMasters(this.context)) {
      for await (const found of scanKeys(master, keys.everyRecordAndIndex)) {
        const sessions = found.filter((key) => keys.isRecord(key)).length;
        yield { sessions, users: found.length - sessions };
      }
    }
  }

  /**
   * Returns the number of keys in the whole database, including those of other applications. Sizes the progress bar.
   */
  async keyCount(): Promise<number> {
    const masters = await connectedMasters(this.context);
    const counts = await Promise.all(masters.map((master) => withCommandTimeout(master.dbsize())));
    return counts.reduce((total, count) => total + count, 0);
  }

  /** As `SessionStore.deleteBeforeEpoch`; yields the number of sessions that each batch ended. */
  deleteBeforeEpoch(beforeEpoch: number): AsyncIterable<number> {
    return redisDeleteBeforeEpoch(this.context, beforeEpoch);
  }
}
