import { afterEach, expect, it, jest } from '@jest/globals';
import { timers } from '../../lib/core/timers.js';

afterEach(() => {
  jest.useRealTimers();
});

it('the monotonic clock does not follow the fake timers of a test', () => {
  jest.useFakeTimers();
  const beforeMs = timers.monotonicMs();
  jest.advanceTimersByTime(3_600_000);
  expect(timers.monotonicMs() - beforeMs).toBeLessThan(600_000);
});
