import { describe, expect, it } from '@jest/globals';
import { gatherCalls } from '../../lib/stores/redis/gather-calls.js';

/** Doubles numbers, and notes what was asked at once. */
function doubling() {
  const asked: number[][] = [];
  const double = gatherCalls(async (numbers: number[]) => {
    asked.push(numbers);
    return numbers.map((number) => number * 2);
  });
  return { asked, double };
}

describe('calls that are gathered', () => {
  it('are one call in a turn of the event loop, each with its own answer', async () => {
    const { asked, double } = doubling();
    const later = Promise.resolve().then(() => double(3));
    expect(await Promise.all([double(1), double(2), later, double(1)])).toEqual([2, 4, 6, 2]);
    expect(asked).toEqual([[1, 2, 1, 3]]);
  });

  it('are another call in the next turn', async () => {
    const { asked, double } = doubling();
    const first = double(1);
    const second = new Promise((resolve) => setImmediate(() => resolve(double(2))));
    expect(await Promise.all([first, second])).toEqual([2, 4]);
    expect(asked).toEqual([[1], [2]]);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('lost'))],
    [
      'throws at once',
      () => {
        throw new Error('lost');
      },
    ],
  ])('all fail when the one call %s, and the next ones do not', async (_how, fail) => {
    let fails = true;
    const call = gatherCalls((inputs: number[]) => (fails ? fail() : Promise.resolve(inputs)));
    const answers = await Promise.allSettled([call(1), call(2)]);
    expect(answers).toEqual([
      { status: 'rejected', reason: new Error('lost') },
      { status: 'rejected', reason: new Error('lost') },
    ]);
    fails = false;
    expect(await call(3)).toBe(3);
  });
});
