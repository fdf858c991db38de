import TestSequencer from '@jest/test-sequencer';

/**
 * The spec files with the longest run time. If one of them started last, it would run alone for
 * minutes.
 */
const SLOWEST = [
  'browser/page',
  'browser/attacks',
  'sample/sample',
  'faults/one-server',
  'cli/failure',
  'concurrency/lost-answer',
  'operating/rotation',
  'operating/hostile-text',
  'operating/cleanup-schedule',
  'outage/redis-lost',
];

function placeOf({ path }) {
  const place = SLOWEST.findIndex((name) => path.endsWith(`/${name}.spec.ts`));
  return place === -1 ? SLOWEST.length : place;
}

/** Runs the slowest spec files first. Jest orders by size or by the times of an earlier run, which a new clone lacks. */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    // Not `super.sort(tests)`: oxlint takes that for a sort of an array in place.
    const { sort } = TestSequencer.prototype;
    return sort.call(this, tests).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
