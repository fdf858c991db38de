import { timers } from '../../lib/core/timers.js';

const FACTOR = 20;
const { setTimeout, monotonicMs } = timers;

/**
 * Makes the timeouts of the package longer in this test file; a second call changes nothing. For tests that ask for
 * correct results under heavy concurrency: on a busy machine, correct code would answer them with `STORE_UNAVAILABLE`.
 */
export function lengthenTimeouts(): void {
  Object.assign(timers, {
    setTimeout: (callback: () => void, milliseconds: number) =>
      setTimeout(callback, milliseconds * FACTOR),
    monotonicMs: () => monotonicMs() / FACTOR,
  });
}
