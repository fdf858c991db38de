import { interval, paired } from './statistics.mjs';

/** @typedef {'holds' | 'missed' | 'too noisy to tell'} Outcome */

/**
 * A condition for the benchmark to pass.
 * @typedef {object} Target
 * @property {string} what
 * @property {string} limit
 * @property {import('./statistics.mjs').Interval} measured
 * @property {string[]} doubts reasons why the measurement is in doubt
 * @property {Outcome} outcome
 */

/**
 * @param {number | import('./statistics.mjs').Interval} measured a number is exact
 * @returns {Target}
 */
export function atMost(limit, measured, what, doubts = []) {
  const { low, high } = exact(measured);
  return target(`<= ${limit}`, measured, what, doubts, high <= limit, low > limit);
}

/** @returns {Target} */
export function atLeast(limit, measured, what, doubts = []) {
  const { low, high } = exact(measured);
  return target(`>= ${limit}`, measured, what, doubts, low >= limit, high < limit);
}

/** For a counted quantity. @returns {Target} */
export function exactly(limit, count, what) {
  // Background work of a node may fall into the counted seconds.
  const equal = Math.abs(count - limit) < 0.005;
  return target(`= ${limit}`, count, what, [], equal, !equal);
}

/**
 * A target holds, or is missed, if the whole interval lies on one side of it and there is no doubt.
 */
function target(limit, measured, what, doubts, inside, outside) {
  const certain = doubts.length === 0 && inside !== outside;
  const outcome = certain ? (inside ? 'holds' : 'missed') : 'too noisy to tell';
  return { what, limit, measured: exact(measured), doubts, outcome };
}

function exact(measured) {
  if (typeof measured !== 'number') return measured;
  return { value: measured, low: measured, high: measured };
}

/**
 * Exit code of a run: 1 if a target is missed, else 2 if one is too noisy to tell, else 0.
 * @param {Target[]} targets
 */
export function exitCodeOf(targets) {
  const outcomes = new Set(targets.map(({ outcome }) => outcome));
  if (outcomes.has('missed')) return 1;
  return outcomes.has('too noisy to tell') ? 2 : 0;
}

/** Ratio of one case of a row to its base. @returns {import('./statistics.mjs').Interval} */
export function ratioTo({ cases }, name) {
  const one = cases.find((other) => other.name === name);
  const base = cases.find((other) => other.name === one.base);
  return interval(paired(one.samples, base.samples, (value, other) => value / other));
}
