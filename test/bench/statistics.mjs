/**
 * An estimate with its confidence interval.
 * @typedef {{ value: number, low: number, high: number }} Interval
 */

export const CONFIDENCE = 0.95;

export function quantile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * fraction;
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at - Math.floor(at));
}

export function median(values) {
  return quantile(values, 0.5);
}

/** Width of the middle half, as a fraction of the median. */
export function spread(values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values);
}

/**
 * Median of the ratios of each round: a slow phase of the machine affects both sides of a ratio.
 * @param {number[]} values one for each round
 * @param {number[]} base the same rounds
 */
export function ratio(values, base) {
  return median(paired(values, base, (value, other) => value / other));
}

/** The result of `combine` for each round. */
export function paired(values, base, combine) {
  return values.slice(0, base.length).map((value, round) => combine(value, base[round]));
}

/** Additional microseconds of a request, if samples are requests per CPU second. */
export function addedMicroseconds(perSecond, base) {
  return median(paired(perSecond, base, (value, other) => 1e6 / value - 1e6 / other));
}

/** @returns {number[]} one for each round that has both */
export function differences(values, base) {
  const both = paired(values, base, (value, other) => value - other);
  return both.filter((difference) => !Number.isNaN(difference));
}

/**
 * Centre of the samples with its 95 % interval: the Hodges-Lehmann estimate (median of the means of
 * all pairs of samples) and the interval of the Wilcoxon signed-rank test (M. Hollander, D. A.
 * Wolfe, E. Chicken, Nonparametric Statistical Methods, 3rd ed., section 3.2). It needs no normal
 * distribution, only a symmetric one, as of differences of two blocks in random order; a disturbed
 * block counts as one block, however slow. Fewer than six samples cannot give 95 %: the interval is
 * then their range, and without any sample all three are NaN.
 * @param {number[]} samples differences of blocks, or other samples
 * @returns {Interval}
 */
export function interval(samples) {
  if (samples.length === 0) return { value: NaN, low: NaN, high: NaN };
  const means = samples
    .flatMap((one, at) => samples.slice(at).map((other) => (one + other) / 2))
    .toSorted((a, b) => a - b);
  const outside = pairsOutside(samples.length);
  return {
    value: median(means),
    low: means[outside],
    high: means[means.length - 1 - outside],
  };
}

/** The number of ordered pair means below the interval, and above it. */
function pairsOutside(count) {
  const probabilities = signedRankProbabilities(count);
  let [outside, below] = [0, probabilities[0]];
  while (below <= (1 - CONFIDENCE) / 2) below += probabilities[++outside];
  return Math.max(0, outside - 1);
}

/** Probability of each sum of the signed ranks 1 to `count` if every sign is equally likely. */
function signedRankProbabilities(count) {
  const probabilities = [1, ...Array((count * (count + 1)) / 2).fill(0)];
  for (let rank = 1; rank <= count; rank++) {
    for (let sum = probabilities.length - 1; sum >= 0; sum--) {
      const without = probabilities[sum];
      probabilities[sum] = (without + (probabilities[sum - rank] ?? 0)) / 2;
    }
  }
  return probabilities;
}

/**
 * A quantile with its 95 % interval, by the order statistics of a binomial count.
 * @param {number[]} samples
 * @returns {Interval}
 */
export function quantileInterval(samples, fraction) {
  const sorted = samples.toSorted((a, b) => a - b);
  const margin = 1.96 * Math.sqrt(sorted.length * fraction * (1 - fraction));
  const rank = (position) => Math.min(sorted.length - 1, Math.max(0, position));
  return {
    value: quantile(samples, fraction),
    low: sorted[rank(Math.floor(sorted.length * fraction - margin) - 1)],
    high: sorted[rank(Math.ceil(sorted.length * fraction + margin) - 1)],
  };
}

/**
 * One estimate from several processes with the same code, which V8 compiles slightly differently
 * each time: a verdict has to hold in each of them.
 * @param {Interval[]} intervals
 * @returns {Interval}
 */
export function hull(intervals) {
  return {
    value: median(intervals.map(({ value }) => value)),
    low: Math.min(...intervals.map(({ low }) => low)),
    high: Math.max(...intervals.map(({ high }) => high)),
  };
}

/** Whether two measurements of the same quantity are consistent. */
export function overlap(one, other) {
  return one.low <= other.high && other.low <= one.high;
}
