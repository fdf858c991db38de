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
 * Median of the ratios of each round: what slows the machine down for a while slows both sides of a ratio.
 * @param {number[]} values one for each round
 * @param {number[]} base the same rounds
 */
export function ratio(values, base) {
  return median(paired(values, base, (value, other) => value / other));
}

/** Median of what `combine` makes of each round. */
export function paired(values, base, combine) {
  return values.slice(0, base.length).map((value, round) => combine(value, base[round]));
}
