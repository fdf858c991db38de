import { describe, expect, it } from '@jest/globals';
import { judge } from './rows/judge.mjs';
import { atLeast, atMost, exactly, exitCodeOf } from './targets.mjs';

const HOLDS = 'holds';
const MISSED = 'missed';
const NOISY = 'too noisy to tell';
type Blocks = (number | undefined)[][];
const between = (low: number, high: number) => ({ value: (low + high) / 2, low, high });

describe('a target', () => {
  it.each([
    [1, 1.9, HOLDS],
    [1, 2, HOLDS],
    [1, 2.1, NOISY],
    [2, 2.1, NOISY],
    [2.1, 3, MISSED],
  ])('of at most 2 with a measurement between %d and %d: %s', (low, high, outcome) => {
    expect(atMost(2, between(low, high), 'cost').outcome).toBe(outcome);
  });

  it.each([
    [0.75, 0.8, HOLDS],
    [0.7, 0.8, NOISY],
    [0.7, 0.75, NOISY],
    [0.6, 0.7, MISSED],
  ])('of at least 0.75 with a measurement between %d and %d: %s', (low, high, outcome) => {
    expect(atLeast(0.75, between(low, high), 'ratio').outcome).toBe(outcome);
  });

  it('neither holds nor is missed if the measurement is in doubt', () => {
    expect(atMost(2, between(1, 1.5), 'cost', ['why']).outcome).toBe(NOISY);
    expect(atMost(2, between(3, 4), 'cost', ['why']).outcome).toBe(NOISY);
  });

  it('for a counted quantity is exact', () => {
    expect(exactly(0, 0.002, 'commands').outcome).toBe(HOLDS);
    expect(exactly(0, 1, 'commands').outcome).toBe(MISSED);
    expect(atMost(1, 2, 'round trips').outcome).toBe(MISSED);
  });
});

/** The outcome of one target of a row, and the doubts. */
function outcomeOf(target: object, measured: Parameters<typeof judge>[2]): string[] {
  return judge('Guard', [target], measured).flatMap(({ outcome, doubts }) =>
    [outcome as string].concat(doubts),
  );
}

describe('the exit code', () => {
  const held = atMost(2, 1, 'held');
  const missed = atMost(2, 3, 'missed');
  const noisy = atMost(2, between(1, 3), 'noisy');

  it.each([
    ['every target holds', [held, held], 0],
    ['one is missed', [held, missed], 1],
    ['one is too noisy', [held, noisy], 2],
    ['one is missed and another too noisy', [noisy, missed, held], 1],
  ])('is that of the outcome if %s', (_, targets, exitCode) => {
    expect(exitCodeOf(targets)).toBe(exitCode);
  });
});

describe('a judged row', () => {
  const ROUNDS = Array.from({ length: 12 }, (_, round) => round);
  /**
   * Microseconds of one process, with drift of the machine and small differences between rounds.
   */
  const process = (us: number): (number | undefined)[] =>
    ROUNDS.map((round) => us + round + ((round * 7) % 5) / 1000);
  const blocks = (...us: number[]) => us.map(process);
  const bare = blocks(14, 15);
  const measured = (kit: Blocks, more: { least?: Blocks; slowed?: Blocks } = {}) => ({
    shared: { bare, kit, ...more },
    alone: { bare, kit },
    roundTrips: 0,
  });
  it('is judged by the differences of the blocks of each round', () => {
    expect(outcomeOf({ addedUs: 2 }, measured(blocks(15.5, 16.5)))).toEqual([HOLDS]);
    expect(outcomeOf({ addedUs: 2 }, measured(blocks(16.5, 17.5)))).toEqual([MISSED]);
  });

  it('is too noisy if one process holds the target and the other misses it', () => {
    expect(outcomeOf({ addedUs: 2 }, measured(blocks(15.5, 17.5)))).toEqual([NOISY]);
  });

  it('is too noisy if processes that serve one variant give another result', () => {
    const measurement = { ...measured(blocks(15, 16)), alone: { bare, kit: blocks(18, 19) } };
    expect(outcomeOf({ addedUs: 2 }, measurement)).toEqual([
      NOISY,
      'processes that serve one variant disagree',
    ]);
  });

  it('is too noisy if a copy slowed by 1 µs is not distinguished from the package', () => {
    const kit = blocks(15.2, 16.2);
    const told = measured(kit, { slowed: blocks(16.2, 17.2) });
    expect(outcomeOf({ addedUs: 2 }, told)).toEqual([HOLDS]);
    const untold = measured(kit, { slowed: kit });
    expect(outcomeOf({ addedUs: 2 }, untold)).toEqual([
      NOISY,
      'a copy of the guard that takes 1 µs more is not told from it',
    ]);
  });

  it('is judged without disturbed blocks, and is too noisy with fewer than six rounds left', () => {
    const kit = blocks(15.5, 16.5);
    const without = (count: number) => kit.map((samples) => [...samples].fill(undefined, 0, count));
    expect(outcomeOf({ addedUs: 2 }, measured(without(6)))).toEqual([HOLDS]);
    expect(outcomeOf({ addedUs: 2 }, measured(without(7)))).toEqual([
      NOISY,
      'fewer than 6 rounds were undisturbed',
    ]);
  });

  it('compares the CPU of a bare request with that of a request to the package', () => {
    // The median of bare Nest is 20 µs, so that 6 more make a ratio of 20 / 26.
    const measurement = measured(blocks(20, 21));
    const [ratio] = judge('Guard', [{ ratio: 0.7 }], measurement);
    expect(ratio?.measured.value).toBeCloseTo(20 / 26, 2);
    expect(outcomeOf({ ratio: 0.7 }, measurement)).toEqual([HOLDS]);
    expect(outcomeOf({ ratio: 0.8 }, measured(blocks(20, 21)))).toEqual([MISSED]);
  });

  it('compares the cost added by the package with that added by the least possible', () => {
    const least = blocks(16, 17);
    expect(outcomeOf({ timesLeast: 1.5 }, measured(blocks(16.9, 17.9), { least }))).toEqual([
      HOLDS,
    ]);
    expect(outcomeOf({ timesLeast: 1.5 }, measured(blocks(17.1, 18.1), { least }))).toEqual([
      MISSED,
    ]);
  });

  it('counts round trips, regardless of noise in the times', () => {
    const measurement = { ...measured(blocks(15.5, 17.5)), roundTrips: 1.001 };
    expect(outcomeOf({ roundTrips: 1 }, measurement)).toEqual([HOLDS]);
    expect(outcomeOf({ roundTrips: 0 }, measurement)).toEqual([MISSED]);
  });
});
