import { differences, hull, interval, median, overlap } from '../statistics.mjs';
import { atMost, atLeast } from '../targets.mjs';

/**
 * Blocks of one variant, by process and round: microseconds of CPU of a request; undefined if the
 * block was disturbed.
 * @typedef {(number | undefined)[][]} Blocks
 */

/** An interval of 95 % needs this number of differences. */
const MIN_ROUNDS = 6;

/**
 * The measurements of a row on one adapter.
 * @typedef {object} Measured
 * @property {{ bare: Blocks, kit: Blocks, least?: Blocks, slowed?: Blocks }} shared in one process
 * @property {{ bare: Blocks, kit: Blocks }} alone each in a process that serves nothing else
 * @property {number} roundTrips to Redis, for a request to the package
 */

/** Microseconds of CPU that a variant adds to a request of bare Nest. @returns {import('../statistics.mjs').Interval} */
export function addedUs(blocks, bare) {
  return hull(blocks.map((own, process) => interval(differences(own, bare[process]))));
}

/**
 * The reasons why a measurement is in doubt.
 * @param {Measured} measured
 * @returns {string[]}
 */
export function doubtsOf({ shared, alone }) {
  const doubts = [];
  if (fewestRounds(shared) < MIN_ROUNDS || fewestRounds(alone) < MIN_ROUNDS) {
    return [`fewer than ${MIN_ROUNDS} rounds were undisturbed`];
  }
  const added = addedUs(shared.kit, shared.bare);
  if (!overlap(added, addedUs(alone.kit, alone.bare))) {
    doubts.push('processes that serve one variant disagree');
  }
  if (shared.slowed && addedUs(shared.slowed, shared.bare).value <= added.high) {
    doubts.push('a copy of the guard that takes 1 µs more is not told from it');
  }
  return doubts;
}

/**
 * @param {string} title of the row
 * @param {object[]} targets as `rows/judged-rows.mjs` has them
 * @param {Measured} measured
 * @returns {import('../targets.mjs').Target[]}
 */
export function judge(title, targets, measured) {
  const doubts = doubtsOf(measured);
  return targets.map((target) => judged(title, target, measured, doubts));
}

function judged(title, { addedUs: limitUs, ratio, timesLeast, roundTrips }, measured, doubts) {
  const { bare, kit, least } = measured.shared;
  if (roundTrips !== undefined) {
    return atMost(roundTrips, countable(measured.roundTrips), `${title}: Redis round trips`);
  }
  if (timesLeast !== undefined) {
    const excess = kit.map((own, process) => {
      const bound = bare[process].map(
        (us, round) => us + timesLeast * (least[process][round] - us),
      );
      return interval(differences(own, bound));
    });
    const what = `${title}: µs beyond ${timesLeast} times what the least possible adds`;
    return atMost(0, hull(excess), what, doubts);
  }
  const added = addedUs(kit, bare);
  if (limitUs !== undefined) return atMost(limitUs, added, `${title}: µs added`, doubts);
  const ofBare = ratioOf(median(bare.flat().filter((us) => us !== undefined)), added);
  return atLeast(ratio, ofBare, `${title}: ratio to bare Nest`, doubts);
}

/** Rounds of one process in which neither a variant nor bare Nest was disturbed. */
function fewestRounds({ bare, ...others }) {
  const counts = Object.values(others).flatMap((blocks) =>
    blocks.map((own, process) => differences(own, bare[process]).length),
  );
  return Math.min(...counts);
}

/** CPU of a bare request divided by CPU of one that costs `addedUs` more. */
function ratioOf(bareUs, { value, low, high }) {
  const ratio = (addedUs) => bareUs / (bareUs + addedUs);
  return { value: ratio(value), low: ratio(high), high: ratio(low) };
}

/** Background work of a node may fall into the counted block. */
function countable(calls) {
  return Math.abs(calls - Math.round(calls)) < 0.005 ? Math.round(calls) : calls;
}
