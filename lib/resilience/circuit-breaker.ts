import { timers } from '../core/timers.js';
/** Calls in a row that got no answer, after which the store counts as dead. */
const MAX_TIMEOUTS = 10;

/** How long a dead store is left alone between two calls that try it. */
const PAUSE_MS = 250;

/**
 * Keeps requests from waiting for a store that does not answer: each would wait for the whole deadline, and together they
 * would pile up. Only silence counts, not an error, and one answer ends it: in a Cluster one dead node must not stop what
 * the others serve.
 */
export class CircuitBreaker {
  #timeouts = 0;
  #nextTryMs = 0;

  /** Whether a call may go to the store. */
  allowsRequest(): boolean {
    if (this.#timeouts < MAX_TIMEOUTS) return true;
    const nowMs = timers.monotonicMs();
    if (nowMs < this.#nextTryMs) return false;
    this.#nextTryMs = nowMs + PAUSE_MS;
    return true;
  }

  recordSuccess(): void {
    this.#timeouts = 0;
  }

  recordTimeout(): void {
    this.#timeouts += 1;
    if (this.#timeouts === MAX_TIMEOUTS) this.#nextTryMs = timers.monotonicMs() + PAUSE_MS;
  }
}
