import { Logger } from '@nestjs/common';
import type { Clock } from '../core/clock.js';
import { reasonOf } from '../core/plain-text.js';
import { NoAnswerError, STORE_CALL_MS, within } from '../sessions/deadline.js';
import { StoreBreaker } from '../sessions/store-breaker.js';
import { type Counted, ProcessCounts } from './process-counts.js';

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

/** Counts of all nodes together. */
export interface SharedCounts {
  /** Adds one request to the current window of `key`, which starts with its first request. */
  count(key: string, windowMs: number): Promise<Counted>;
}

/**
 * Counts requests in windows, atomically over all nodes in Redis, else in this process. When Redis does not answer, each
 * process counts for itself: requests are neither refused nor let through uncounted.
 */
export class RateLimiter {
  readonly #logger = new Logger('RateLimiter');
  readonly #breaker = new StoreBreaker();
  /** Made when it is first needed: with Redis, in an outage. */
  #inProcess: ProcessCounts | undefined;
  #isShared = true;

  /** @param shared absent: each process counts for itself */
  constructor(
    private readonly shared: SharedCounts | undefined,
    private readonly keyPrefix: string,
    private readonly clock: Clock,
  ) {}

  /** Takes one request from the budget that `key` has under the policy. */
  async consume(policy: RateLimitPolicy, key: string): Promise<RateLimitState> {
    const { name, limit, windowSeconds } = policy;
    // The numbers are part of the key: a budget whose numbers change in a deployment starts anew.
    const id = `${this.keyPrefix}rl:${name}:${limit}:${windowSeconds}:${key}`;
    const windowMs = windowSeconds * 1000;
    let counted: Counted | undefined;
    if (this.shared && this.#breaker.lets()) {
      try {
        counted = await within(STORE_CALL_MS, this.shared.count(id, windowMs));
        this.#answered();
      } catch (error) {
        this.#failed(error);
      }
    }
    const [count, resetMs] = counted ?? this.#countHere(id, windowMs);
    return { allowed: count <= limit, remaining: Math.max(0, limit - count), resetMs };
  }

  #countHere(id: string, windowMs: number): Counted {
    this.#inProcess ??= new ProcessCounts(this.clock);
    return this.#inProcess.count(id, windowMs);
  }

  #answered(): void {
    this.#breaker.answered();
    if (!this.#isShared) this.#logger.log('the rate limit is counted in Redis again');
    this.#isShared = true;
  }

  #failed(error: unknown): void {
    if (error instanceof NoAnswerError) this.#breaker.unanswered();
    if (this.#isShared) {
      this.#logger.error(
        `the rate limit is counted in each process until Redis answers: ${reasonOf(error)}`,
      );
    }
    this.#isShared = false;
  }
}
