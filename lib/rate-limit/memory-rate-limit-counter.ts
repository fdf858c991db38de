import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.js';
import type { RateLimitCount } from '../store/rate-limit-counter.js';

/**
 * Maximum number of counters per process. If one more is needed, the least recently used one is dropped, and its client
 * starts with a full quota. Refusing new clients instead, or sharing a counter among them, would allow a client that
 * fills the table to lock out all others; to reset its own counter, it must send a request from each of 100,000
 * networks.
 */
export const MAX_COUNTERS = 100_000;

interface Counter {
  count: number;
  readonly endsAtMs: number;
}

/** Counts in fixed windows, in the memory of this process. */
export class MemoryRateLimitCounter {
  readonly #counters = new LRUCache<string, Counter>({ max: MAX_COUNTERS });

  constructor(private readonly clock: Clock) {}

  /** Number of counters kept. */
  get size(): number {
    return this.#counters.size;
  }

  /** Adds one request to the current window of `key`. The window starts with its first request. */
  count(key: string, windowMs: number): RateLimitCount {
    const nowMs = this.clock.nowMs();
    let counter = this.#counters.get(key);
    // If a window ends later than a new one would, it was started before the clock was set back.
    if (!counter || counter.endsAtMs <= nowMs || counter.endsAtMs > nowMs + windowMs) {
      counter = { count: 0, endsAtMs: nowMs + windowMs };
      this.#counters.set(key, counter);
    }
    counter.count++;
    return [counter.count, counter.endsAtMs - nowMs];
  }
}
