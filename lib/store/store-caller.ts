import { Injectable, Logger } from '@nestjs/common';
import { escapeControlCharacters, errorMessage } from '../core/escape-control-characters.js';
import { SessionError } from '../core/session-error.js';
import { timers } from '../core/timers.js';
import { SessionEvents } from '../events/session-events.service.js';
import { CircuitBreaker } from '../resilience/circuit-breaker.js';
import { STORE_CALL_MS, TimeoutError, withTimeout } from '../resilience/timeout.js';

/** Minimum time between two log lines about a failing store. */
const MIN_LOG_INTERVAL_MS = 10_000;

/**
 * Calls the backend with a timeout and a circuit breaker, and converts every error into `STORE_UNAVAILABLE`. An outage
 * therefore yields 503, never 401 and never an endless wait, and requests stop calling a backend that does not answer.
 * Logs when the backend fails and when it has recovered.
 */
@Injectable()
export class StoreCaller {
  readonly #logger = new Logger('SessionStore');
  readonly #breaker = new CircuitBreaker();
  #available = true;
  /** Whether the outage has been reported to the log and the listeners. */
  #isReported = false;
  #nextReportMs = 0;

  constructor(private readonly events: SessionEvents) {}

  /**
   * Not `async`, which would hold more memory per waiting request; the garbage collector copies that memory.
   * @param method name of the method, for messages
   * @throws SessionError `STORE_UNAVAILABLE` if the call fails or does not settle in time
   */
  call<T>(method: string, call: () => Promise<T>, milliseconds = STORE_CALL_MS): Promise<T> {
    if (!this.#breaker.allowsRequest())
      return Promise.reject(new SessionError('STORE_UNAVAILABLE'));
    return withTimeout(milliseconds, startCall(method, call)).then(
      this.#onSuccess as (value: T) => T,
      this.#onFailure,
    );
  }

  readonly #onSuccess = (value: unknown): unknown => {
    this.#breaker.recordSuccess();
    if (!this.#available) this.#reportRecovery();
    return value;
  };

  readonly #onFailure = (error: unknown): never => {
    if (error instanceof TimeoutError) this.#breaker.recordTimeout();
    if (this.#available) this.#reportOutage(error);
    throw new SessionError('STORE_UNAVAILABLE');
  };

  #reportOutage(error: unknown): void {
    this.#available = false;
    // A store that fails only on some calls would otherwise be reported with every request.
    if (timers.monotonicMs() < this.#nextReportMs) return;
    this.#nextReportMs = timers.monotonicMs() + MIN_LOG_INTERVAL_MS;
    this.#isReported = true;
    const reason = errorMessage(error);
    this.#logger.error(
      `the session store fails, requests that need it get 503: ${escapeControlCharacters(reason)}`,
    );
    this.events.emit({ type: 'store.unavailable', reason });
  }

  #reportRecovery(): void {
    this.#available = true;
    if (!this.#isReported) return;
    this.#isReported = false;
    this.#logger.log('the session store answers again');
    this.events.emit({ type: 'store.available' });
  }
}

/** Treats a store that throws synchronously, or in JavaScript returns no promise, like one that rejects. */
function startCall<T>(method: string, call: () => Promise<T>): Promise<T> {
  try {
    const answer = call();
    if (typeof (answer as Partial<Promise<T>> | undefined)?.then === 'function') return answer;
    throw new TypeError(`${method}() of the store must return a promise; make it async`);
  } catch (error) {
    return Promise.reject(error);
  }
}
