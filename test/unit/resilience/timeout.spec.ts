import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  UPDATE_MS,
  Deadline,
  STORE_CALL_MS,
  withTimeout,
} from '../../../lib/resilience/timeout.js';
import { useFakeTimers, useRealTimers } from '../../support/fake-timers.js';

beforeEach(() => {
  useFakeTimers();
});

afterEach(() => {
  useRealTimers();
});

const never = (): Promise<never> => new Promise(() => {});

describe('Deadline', () => {
  it('has passed from its last millisecond on', () => {
    const deadline = new Deadline(100);
    jest.advanceTimersByTime(99);
    expect(deadline.passed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(deadline.passed).toBe(true);
  });

  it.each([-3_600_000, 3_600_000])('ignores a step of the wall clock by %d ms', (step) => {
    const deadline = new Deadline(100);
    jest.setSystemTime(Date.now() + step);
    expect(deadline.passed).toBe(false);
    jest.advanceTimersByTime(100);
    expect(deadline.passed).toBe(true);
  });
});

describe('within', () => {
  it('settles with the work and leaves no timer', async () => {
    const failure = new Error('its own');
    await expect(withTimeout(100, Promise.resolve('value'))).resolves.toBe('value');
    await expect(withTimeout(100, Promise.reject(failure))).rejects.toBe(failure);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('rejects at the timeout, and not before', async () => {
    const settled = jest.fn();
    const work = withTimeout(100, never()).catch(settled);
    await jest.advanceTimersByTimeAsync(99);
    expect(settled).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    await work;
    expect(settled).toHaveBeenCalledWith(new Error('no answer within 100 ms'));
  });

  it('reports whole milliseconds if the remaining time is a fraction', async () => {
    const outcome = withTimeout(1999.9918949999992, never()).catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(2000);
    expect(await outcome).toBe('no answer within 2000 ms');
  });

  it('handles the rejection of work that it no longer waits for', async () => {
    const work = withTimeout(
      100,
      new Promise((_resolve, reject) => setTimeout(reject, 200, new Error())),
    );
    const outcome = work.catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(300);
    // An unhandled rejection would end this test file.
    expect(await outcome).toBe('no answer within 100 ms');
  });

  it('gives a change time for a store call that hangs and for another one', () => {
    expect(UPDATE_MS).toBeGreaterThanOrEqual(2 * STORE_CALL_MS);
  });
});
