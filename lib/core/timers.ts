import { performance } from 'node:perf_hooks';
import * as nodeTimers from 'node:timers';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/**
 * Timers and the monotonic clock, captured when this module was loaded. Fake timers (jest, vitest, sinon) replace the
 * globals, and sinon also the exports of `node:timers`, `node:timers/promises` and `node:perf_hooks`: a library that
 * looked them up at call time would stop answering in the tests of an application. Wall time is excluded: `Date` is
 * read at call time, so that a test can change the time for sessions.
 */
export const timers = {
  setTimeout: nodeTimers.setTimeout,
  clearTimeout: nodeTimers.clearTimeout,
  setInterval: nodeTimers.setInterval,
  clearInterval: nodeTimers.clearInterval,
  setImmediate: nodeTimers.setImmediate,
  /** Resolves after the given number of milliseconds. */
  sleep,
  /** Resolves in the next turn of the event loop. */
  nextTurn,
  /** Milliseconds of the monotonic clock, as `performance.now()`. */
  monotonicMs: performance.now.bind(performance),
};
