import { randomInt } from 'node:crypto';
import { expect } from '@jest/globals';

/** The share of its rounds that a long proof runs. `test:ci` and `test:all` set it; `npm test` runs a hundredth. */
const SHARE = Number(process.env['TEST_ROUNDS'] ?? 0.01);

if (!(SHARE > 0 && SHARE <= 1)) throw new Error('TEST_ROUNDS must be above 0 and at most 1');

/** For tests that run rounds: 2 minutes under `npm test`, 20 minutes under `test:ci`, 3.3 hours under `test:all`. */
export const ROUNDS_TIMEOUT_MS = 12_000_000 * SHARE;

/**
 * The number of rounds to run now, at least one. `test:ci` runs the spec files that import this module.
 * @param full the number of rounds of the full proof, which `test:all` runs
 */
export const rounds = (full: number): number => Math.ceil(full * SHARE);

/** The rounds to run now as numbers from 1, for `it.each`. */
export const roundNumbers = (full: number): number[] =>
  Array.from({ length: rounds(full) }, (_, i) => i + 1);

/**
 * Parameters of `fc.assert` for a proof with random input. The seed is printed; `TEST_SEED=<seed>` runs the same input again.
 * @param full as for {@link rounds}
 */
export function seededRounds(full: number): { numRuns: number; seed: number } {
  const numRuns = rounds(full);
  const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));
  const { currentTestName } = expect.getState();
  // Not console.log: jest holds its output back and adds a stack trace.
  process.stdout.write(`${currentTestName}: ${numRuns} rounds, TEST_SEED=${seed}\n`);
  return { numRuns, seed };
}
