import { timers } from '../core/timers.js';

/** Longest time one call to the store may take. */
export const STORE_CALL_MS = 500;

/** Longest time ending every session may take: millions of them are deleted in batches. */
export const DELETE_BEFORE_EPOCH_MS = 600_000;

/** Longest time one batch of a sweep may take. */
export const SWEEP_STEP_MS = 5000;

/** Longest time a change of one session may take with all its retries and its place in the queue. */
export const UPDATE_MS = 1000;

/** Measured on the monotonic clock: a step of the wall clock must not end or prolong a wait. */
export class Deadline {
  readonly #endsAt: number;

  constructor(milliseconds: number) {
    this.#endsAt = timers.monotonicMs() + milliseconds;
  }

  get passed(): boolean {
    return timers.monotonicMs() >= this.#endsAt;
  }
}

/** There was no answer in time. */
export class TimeoutError extends Error {
  constructor(milliseconds: number) {
    super(`no answer within ${Math.round(milliseconds)} ms`);
  }
}

/**
 * Settles as `work` does, or rejects with a `TimeoutError` after `milliseconds`; what `work` does then is not waited for.
 */
export function withTimeout<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // After a turn of the event loop that took too long, answers may wait in the socket: they are read before it rejects.
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
        reject(error as Error);
      },
    );
  });
}
