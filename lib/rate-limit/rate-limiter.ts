import { Logger } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { NoAnswerError, STORE_CALL_MS, within } from '../sessions/deadline.js';
import { StoreBreaker } from '../sessions/store-breaker.js';

/** A budget: so many requests in each window. Each name has its own. */
export interface RateLimitPolicy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What is left of a budget after one more request. */
export interface RateLimitState {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

/** Where all nodes count together. */
export interface SharedCounts {
  /** Counts one more. @returns how many in this window, and milliseconds until it ends */
  count(key: string, windowMs: number): Promise<readonly [count: number, resetMs: number]>;
}

/**
 * Counts requests in windows, atomically over all nodes in Redis, else in this process. When Redis does not answer, each
 * process counts for itself: requests are neither refused nor let through uncounted.
 */
export class RateLimiter {
  readonly #logger = new Logger('RateLimiter');
  /** One for each policy, of which an app has as many as it wrote. */
  readonly #inProcess = new Map<string, RateLimiterMemory>();
  readonly #breaker = new StoreBreaker();
  #shared = true;

  /** @param counts absent: in memory */
  constructor(
    private readonly counts: SharedCounts | undefined,
    private readonly keyPrefix: string,
  ) {}

  /** Takes one request from the budget that `key` has under the policy. */
  async consume(policy: RateLimitPolicy, key: string): Promise<RateLimitState> {
    const { name, limit, windowSeconds } = policy;
    // Controllers of one name in two modules are two budgets where their numbers differ.
    const id = `${name}:${limit}:${windowSeconds}`;
    if (this.counts && this.#breaker.lets()) {
      try {
        const counting = this.counts.count(
          `${this.keyPrefix}rl:${id}:${key}`,
          windowSeconds * 1000,
        );
        const [count, resetMs] = await within(STORE_CALL_MS, counting);
        this.#breaker.answered();
        if (!this.#shared) this.#logger.log('the rate limit is counted in Redis again');
        this.#shared = true;
        return { allowed: count <= limit, remaining: Math.max(0, limit - count), resetMs };
      } catch (error) {
        if (error instanceof NoAnswerError) this.#breaker.unanswered();
        if (this.#shared) {
          const reason = error instanceof Error ? error.message : 'unknown error';
          this.#logger.error(
            `the rate limit is counted in each process until Redis answers: ${reason}`,
          );
        }
        this.#shared = false;
      }
    }
    return this.#consumeInProcess(id, policy, key);
  }

  async #consumeInProcess(
    id: string,
    { limit, windowSeconds }: RateLimitPolicy,
    key: string,
  ): Promise<RateLimitState> {
    let limiter = this.#inProcess.get(id);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points: limit, duration: windowSeconds, keyPrefix: id });
      this.#inProcess.set(id, limiter);
    }
    // The library rejects with its result when the budget is spent.
    const result = await limiter.consume(key).catch((reason: unknown) => {
      if (reason instanceof RateLimiterRes) return reason;
      throw reason;
    });
    return {
      allowed: result.consumedPoints <= limit,
      remaining: Math.max(0, result.remainingPoints),
      resetMs: Math.max(0, result.msBeforeNext),
    };
  }
}
