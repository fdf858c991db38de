/**
 * Takes a sample of every case in each round, in a new random order, so that neither drift of the
 * machine nor the order of the list favours a case.
 * @param {{ sample(): Promise<number>, samples: number[], rounds?: number }[]} cases `rounds`:
 * fewer than the others
 * @param {number} rounds
 */
export async function interleave(cases, rounds) {
  for (let round = 0; round < rounds; round++) {
    const due = cases.filter(({ rounds: own = rounds }) => round < own);
    for (const one of shuffled(due)) one.samples.push(await one.sample());
  }
}

function shuffled(list) {
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [copy[last], copy[other]] = [copy[other], copy[last]];
  }
  return copy;
}
