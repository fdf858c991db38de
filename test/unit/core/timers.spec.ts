import { afterEach, expect, it, jest } from '@jest/globals';
import { timers } from '../../../lib/core/timers.js';

afterEach(() => {
  jest.useRealTimers();
});

it('the monotonic clock does not follow the fake timers of a test', () => {
  jest.useFakeTimers();
  const beforeMs = timers.monotonicMs();
  jest.advanceTimersByTime(3_600_000);
  expect(timers.monotonicMs() - beforeMs).toBeLessThan(600_000);
});

it('no timer waits for the fake timers of a test', async () => {
  jest.useFakeTimers();
  await timers.sleep(1);
  await timers.nextTurn();
  await new Promise<void>((resolve) => timers.setImmediate(resolve));
  await new Promise<void>((resolve) => timers.setTimeout(resolve, 1));
  await new Promise<void>((resolve) => {
    const interval = timers.setInterval(() => {
      timers.clearInterval(interval);
      resolve();
    }, 1);
  });
  expect(jest.getTimerCount()).toBe(0);
});
