import { ratio } from './statistics.mjs';

/**
 * What has to hold for the benchmark to pass.
 * @typedef {object} Target
 * @property {string} what
 * @property {string} limit
 * @property {number} value as measured
 * @property {boolean} holds
 */

/** @returns {Target} */
export function atLeast(limit, value, what) {
  return { what, limit: `>= ${Number(limit.toPrecision(3))}`, value, holds: value >= limit };
}

/** @returns {Target} */
export function atMost(limit, value, what) {
  return { what, limit: `<= ${limit}`, value, holds: value <= limit };
}

/** @returns {Target} */
export function exactly(limit, value, what) {
  // A touch, or a node's own work, may fall into the seconds that are counted.
  return { what, limit: `= ${limit}`, value, holds: Math.abs(value - limit) < 0.005 };
}

/** Of one case of a row to its base, as the table shows it. */
export function ratioTo({ cases }, name) {
  const one = cases.find((other) => other.name === name);
  return ratio(one.samples, cases.find((other) => other.name === one.base).samples);
}
