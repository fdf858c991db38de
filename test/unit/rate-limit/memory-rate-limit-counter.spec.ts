import { describe, expect, it } from '@jest/globals';
import { FakeClock } from 'nestjs-session-kit/testing';
import {
  MAX_COUNTERS,
  MemoryRateLimitCounter,
} from '../../../lib/rate-limit/memory-rate-limit-counter.js';

const MINUTE_MS = 60_000;

describe('counters in this process', () => {
  it('start a window with its first request, and the next one after its end', () => {
    const clock = new FakeClock();
    const counts = new MemoryRateLimitCounter(clock);
    expect(counts.count('key', MINUTE_MS)).toEqual([1, MINUTE_MS]);
    clock.advance(59_999);
    expect(counts.count('key', MINUTE_MS)).toEqual([2, 1]);
    clock.advance(1);
    expect(counts.count('key', MINUTE_MS)).toEqual([1, MINUTE_MS]);
  });

  it('do not prolong a window if the clock is set back', () => {
    const clock = new FakeClock();
    const counts = new MemoryRateLimitCounter(clock);
    counts.count('key', MINUTE_MS);
    clock.advance(-3_600_000);
    expect(counts.count('key', MINUTE_MS)).toEqual([1, MINUTE_MS]);
  });

  it('stay below the limit with 500,000 networks, and keep those of active clients', () => {
    const counts = new MemoryRateLimitCounter(new FakeClock());
    counts.count('idle', MINUTE_MS);
    for (let network = 0; network < 500_000; network++) {
      counts.count(`ip:${network}`, MINUTE_MS);
      if (network % 50_000 === 0) counts.count('guesses', MINUTE_MS);
    }
    // Ten requests before, and all of them still counted.
    expect(counts.count('guesses', MINUTE_MS)[0]).toBe(11);
    expect(counts.size).toBe(MAX_COUNTERS);
    // The least recently used counters were dropped: their clients start with a full quota.
    expect(counts.count('idle', MINUTE_MS)[0]).toBe(1);
    expect(counts.count('ip:0', MINUTE_MS)[0]).toBe(1);
    expect(counts.count('ip:499999', MINUTE_MS)[0]).toBe(2);
  });
});
