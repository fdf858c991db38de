import { Logger } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import { errorMessage } from '../core/escape-control-characters.js';
import { SessionError } from '../core/session-error.js';
import { TimeoutError, STORE_CALL_MS, withTimeout } from '../resilience/timeout.js';
import { CircuitBreaker } from '../resilience/circuit-breaker.js';
import { MemoryRateLimitCounter } from './memory-rate-limit-counter.js';
import type { RateLimitCount, RateLimitCounter } from '../store/rate-limit-counter.js';

/** A quota: the number of requests in each window. Each name has its own. */
export interface RateLimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** The remaining quota after one more request. */
export interface RateLimitState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

/**
 * Counts requests in windows, for all nodes together if the backend has a counter. Without one, and while it does not
 * answer, each process counts for itself: requests are neither refused nor admitted without counting.
 */
export class RateLimiter {
  readonly #logger = new Logger('RateLimiter');
  readonly #breaker = new CircuitBreaker();
  /** Created on first use; with a counter, in an outage. */
  #fallback: MemoryRateLimitCounter | undefined;
  #isShared = true;

  /** @param counter absent: each process counts for itself */
  constructor(
    private readonly counter: RateLimitCounter | undefined,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
  ) {}

  /** Takes one request from the quota that `key` has under the policy. */
  async consume(policy: RateLimitPolicy, key: string): Promise<RateLimitState> {
    const { name, limit, windowSeconds } = policy;
    // The numbers are part of the key: a quota whose numbers change in a deployment starts again.
    const id = `${this.keyPrefix}rl:${name}:${limit}:${windowSeconds}:${key}`;
    const windowMs = windowSeconds * 1000;
    const counted = this.counter && (await this.#countWith(this.counter, id, windowMs));
    const [count, resetMs] = counted ?? this.#countHere(id, windowMs);
    return { allowed: count <= limit, remaining: Math.max(0, limit - count), resetMs };
  }

  /**
   * Uses a key that may be used once. In an outage it does not count in this process, because every process would then
   * accept the key once.
   * @param windowMs how long the use is remembered. Use few different values
   * @returns whether this is the first use
   * @throws SessionError `STORE_UNAVAILABLE`
   */
  async useOnce(key: string, windowMs: number): Promise<boolean> {
    const id = `${this.keyPrefix}rl:${key}`;
    const counted = this.counter
      ? await this.#countWith(this.counter, id, windowMs)
      : this.#countHere(id, windowMs);
    if (!counted) throw new SessionError('STORE_UNAVAILABLE');
    return counted[0] === 1;
  }

  /** Undefined in an outage. */
  async #countWith(
    counter: RateLimitCounter,
    id: string,
    windowMs: number,
  ): Promise<RateLimitCount | undefined> {
    if (!this.#breaker.allowsRequest()) return undefined;
    try {
      const counted = await withTimeout(STORE_CALL_MS, counter.count(id, windowMs));
      this.#onSuccess();
      return counted;
    } catch (error) {
      this.#onFailure(error);
      return undefined;
    }
  }

  #countHere(id: string, windowMs: number): RateLimitCount {
    this.#fallback ??= new MemoryRateLimitCounter(this.clock);
    return this.#fallback.count(id, windowMs);
  }

  #onSuccess(): void {
    this.#breaker.recordSuccess();
    if (!this.#isShared) this.#logger.log('the rate limit is counted for all nodes again');
    this.#isShared = true;
  }

  #onFailure(error: unknown): void {
    if (error instanceof TimeoutError) this.#breaker.recordTimeout();
    if (this.#isShared) {
      this.#logger.error(
        `the rate limit is counted in each process until the store answers: ${errorMessage(error)}`,
      );
    }
    this.#isShared = false;
  }
}
