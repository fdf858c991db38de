import { batchKeys } from './commands/batch-keys.js';
import type { RedisClient } from './connection/redis-client.js';
import { type Script, ScriptRunner } from './commands/script-runner.js';
import { type RateLimitCount, RateLimitCounter } from '../../store/rate-limit-counter.js';
import { COUNT } from './scripts/count.js';

type CountKey = (key: string) => Promise<RateLimitCount>;

/**
 * Counts requests in windows that all nodes share. The requests of one turn of the event loop are counted with one
 * command.
 */
export class RedisRateLimitCounter extends RateLimitCounter {
  readonly #scripts: ScriptRunner;
  readonly #script: Script;
  /** One entry per length of a window. */
  readonly #byWindow = new Map<number, CountKey>();

  constructor(private readonly client: RedisClient) {
    super();
    this.#scripts = new ScriptRunner(client);
    // A Cluster client with automatic pipelining selects the node by the first argument, which has to be the key.
    this.#script = 'nodes' in client ? { ...COUNT, numberOfKeys: 1 } : COUNT;
  }

  /** Counts one request. @returns the count in this window, and the milliseconds until it ends */
  count(key: string, windowMs: number): Promise<RateLimitCount> {
    let count = this.#byWindow.get(windowMs);
    if (!count) this.#byWindow.set(windowMs, (count = this.#counter(windowMs)));
    return count(key);
  }

  #counter(windowMs: number): CountKey {
    return batchKeys(this.client, (keys) =>
      this.#scripts.runNow<RateLimitCount[]>(this.#script, keys, [windowMs]),
    );
  }
}
