import { timers } from '../core/timers.js';
/** Number of consecutive timeouts after which the circuit opens. */
const MAX_TIMEOUTS = 10;

/** Time between two trial calls while the circuit is open. */
const PAUSE_MS = 250;

/**
 * Keeps requests from waiting for a store that does not answer: each would wait until its deadline, and they would
 * accumulate. Only timeouts count, not errors, and one answer closes the circuit: in a Cluster, one dead node must not
 * block the keys of the others.
 */
export class CircuitBreaker {
  #timeouts = 0;
  #nextTryMs = 0;

  /** Whether a call to the store is allowed. */
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
