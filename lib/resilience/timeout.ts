import { timers } from '../core/timers.js';

/** Maximum time of one call to the store. */
export const STORE_CALL_MS = 500;

/** Maximum time for ending all sessions: millions of them are deleted in batches. */
export const DELETE_BEFORE_EPOCH_MS = 600_000;

/** Maximum time of one batch of a sweep. */
export const SWEEP_STEP_MS = 5000;

/** Maximum time of one change of a session, including retries and the wait in the queue. */
export const UPDATE_MS = 1000;

/** Measured on the monotonic clock: a step of the wall clock must not shorten or prolong a wait. */
export class Deadline {
  readonly #endsAt: number;

  constructor(milliseconds: number) {
    this.#endsAt = timers.monotonicMs() + milliseconds;
  }

  get passed(): boolean {
    return timers.monotonicMs() >= this.#endsAt;
  }
}

/** No answer arrived in time. */
export class TimeoutError extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${Math.round(milliseconds)} ms`);
  }
}

/** Settles as `work` does, or rejects with a `TimeoutError` after `milliseconds`; `work` is then no longer awaited. */
export function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // After a blocked event loop, answers may be waiting in the socket: they are read before this rejects.
    const timer = timers.setTimeout(
      () => timers.setImmediate(() => reject(new TimeoutError(milliseconds))),
      milliseconds,
    );
    work.then(
      (value) => {
        timers.clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        timers.clearTimeout(timer);
        reject(error);
      },
    );
  });
}
