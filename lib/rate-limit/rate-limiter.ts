import { Logger } from '@nestjs/common';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
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

/** The limiters of one policy: the one all nodes share, and the one of this process. */
interface Limiters {
  readonly shared: RateLimiterAbstract | undefined;
  readonly local: RateLimiterAbstract;
}

/**
 * Counts requests in windows, atomically over all nodes in Redis with one command, else in this process. When Redis
 * does not answer, each process counts for itself: requests are neither refused nor let through uncounted.
 */
export class RateLimiter {
  readonly #logger = new Logger('RateLimiter');
  /** One for each policy, of which an app has as many as it wrote. */
  readonly #limiters = new Map<string, Limiters>();
  readonly #breaker = new StoreBreaker();
  #shared = true;

  /** @param client of Redis, with scripts as ioredis has them; absent: in memory */
  constructor(
    private readonly client: object | undefined,
    private readonly keyPrefix: string,
  ) {}

  /** Takes one request from the budget that `key` has under the policy. */
  async consume(policy: RateLimitPolicy, key: string): Promise<RateLimitState> {
    const { shared, local } = this.#limitersOf(policy);
    if (shared && this.#breaker.lets()) {
      try {
        const state = await within(STORE_CALL_MS, take(shared, policy, key));
        this.#breaker.answered();
        if (!this.#shared) this.#logger.log('the rate limit is counted in Redis again');
        this.#shared = true;
        return state;
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
    return take(local, policy, key);
  }

  #limitersOf({ name, limit, windowSeconds }: RateLimitPolicy): Limiters {
    // Controllers of one name in two modules are two budgets where their numbers differ.
    const id = `${name}:${limit}:${windowSeconds}`;
    const known = this.#limiters.get(id);
    if (known) return known;
    const budget = {
      points: limit,
      duration: windowSeconds,
      keyPrefix: `${this.keyPrefix}rl:${id}`,
    };
    const limiters = {
      shared: this.client && new RateLimiterRedis({ ...budget, storeClient: this.client }),
      local: new RateLimiterMemory(budget),
    };
    this.#limiters.set(id, limiters);
    return limiters;
  }
}

function take(
  limiter: RateLimiterAbstract,
  { limit }: RateLimitPolicy,
  key: string,
): Promise<RateLimitState> {
  const stateOf = (result: RateLimiterRes): RateLimitState => ({
    allowed: result.consumedPoints <= limit,
    remaining: Math.max(0, result.remainingPoints),
    resetMs: Math.max(0, result.msBeforeNext),
  });
  // The library rejects with its result when the budget is spent, and with an Error when the store fails.
  return limiter.consume(key).then(stateOf, (reason: unknown) => {
    if (reason instanceof RateLimiterRes) return stateOf(reason);
    throw reason;
  });
}
