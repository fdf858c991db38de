import { describe, expect, it } from '@jest/globals';
import { hull, interval, median, overlap, quantileInterval } from './statistics.mjs';

/**
 * Samples of `shape` from a linear congruential generator with a fixed seed (Numerical Recipes,
 * 7.1).
 */
function randomSamples(count: number, seed: number, shape: (uniform: number) => number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
    return shape(state / 2 ** 32);
  });
}

describe('interval of differences', () => {
  it('is that of the signed-rank test: with ten samples the ninth pair mean from either end', () => {
    const samples = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((power) => 2 ** power);
    const means = samples
      .flatMap((one, at) => samples.slice(at).map((other) => (one + other) / 2))
      .toSorted((a, b) => a - b);
    expect(interval(samples)).toEqual({
      value: median(means),
      low: means[8],
      high: means[means.length - 9],
    });
  });

  it('is the whole range of fewer than six samples', () => {
    expect(interval([3, 1, 2])).toEqual({ value: 2, low: 1, high: 3 });
    expect(interval([7])).toEqual({ value: 7, low: 7, high: 7 });
    expect(interval([])).toEqual({ value: NaN, low: NaN, high: NaN });
  });

  it('contains the true difference in 95 of 100 runs', () => {
    const inside = Array.from({ length: 1000 }, (_, run) => {
      const samples = randomSamples(20, run * 7919 + 1, (uniform) => 5 + Math.tan(2 * uniform - 1));
      const { low, high } = interval(samples);
      return low <= 5 && 5 <= high;
    }).filter(Boolean).length;
    expect(inside).toBeGreaterThan(930);
    expect(inside).toBeLessThan(970);
  });

  it('does not move with one disturbed block', () => {
    const samples = randomSamples(20, 1, (uniform) => 2 + uniform / 10);
    const disturbed = interval([...samples.slice(1), 1000]);
    expect(disturbed.value).toBeCloseTo(interval(samples).value, 1);
    expect(disturbed.high).toBeLessThan(2.2);
  });
});

describe('interval of a quantile', () => {
  it('lies between the neighbouring order statistics', () => {
    const samples = Array.from({ length: 1000 }, (_, at) => at + 1);
    const { value, low, high } = quantileInterval(samples, 0.99);
    expect(value).toBeCloseTo(990, 0);
    expect([low, high]).toEqual([983, 997]);
  });
});

describe('estimates of several processes', () => {
  const one = { value: 1, low: 0.8, high: 1.2 };
  const other = { value: 2, low: 1.1, high: 2.4 };

  it('are combined into one from the lowest bound to the highest', () => {
    expect(hull([one, other])).toEqual({ value: 1.5, low: 0.8, high: 2.4 });
  });

  it('are consistent if their intervals overlap', () => {
    expect(overlap(one, other)).toBe(true);
    expect(overlap(other, one)).toBe(true);
    expect(overlap(one, { value: 2, low: 1.3, high: 2.4 })).toBe(false);
  });
});
