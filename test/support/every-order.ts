import type { Gate } from './gated-store.js';

/** A caller whose calls to the store stop at a gate. */
export interface Caller {
  readonly gate: Gate;
  run(): Promise<unknown>;
}

/** Selects which of the waiting callers takes the next step. */
export type Choose = (ready: readonly number[]) => number;

/**
 * Runs a scenario once for every possible order of the steps of its callers. The scenario must be
 * deterministic for each choice.
 * @returns the orders that ran, each as the numbers of the callers that took the steps
 */
export async function everyOrder(scene: (choose: Choose) => Promise<void>): Promise<string[]> {
  const orders: string[] = [];
  let planned: number[] = [];
  for (;;) {
    const taken: { index: number; of: number }[] = [];
    let order = '';
    try {
      await scene((ready) => {
        const index = planned[taken.length] ?? 0;
        taken.push({ index, of: ready.length });
        const caller = ready[index]!;
        order += caller;
        return caller;
      });
    } catch (error) {
      throw new Error(`in the order ${order}: ${(error as Error).message}`, { cause: error });
    }
    orders.push(order);
    while (taken.length > 0 && taken.at(-1)!.index + 1 === taken.at(-1)!.of) taken.pop();
    if (taken.length === 0) return orders;
    planned = taken.map(({ index }) => index);
    planned[planned.length - 1]! += 1;
  }
}

/**
 * Runs callers concurrently, one step at a time: every caller is at a gate or done before the next
 * step is selected.
 * @param afterStep inspects the store after each step
 * @returns the outcome of each caller
 */
export async function interleave(
  callers: readonly Caller[],
  choose: Choose,
  afterStep: () => Promise<void> = async () => {},
): Promise<PromiseSettledResult<unknown>[]> {
  for (const { gate } of callers) gate.close();
  const done = new Set<number>();
  const ends = callers.map(({ run }, i) => run().finally(() => done.add(i)));
  const settled = Promise.allSettled(ends);
  const stops = (): Promise<unknown> =>
    Promise.all(callers.map(({ gate }, i) => Promise.race([gate.arrival(), quiet(ends[i]!)])));
  for (await stops(); done.size < callers.length; await stops()) {
    const ready = callers.map((_, i) => i).filter((i) => !done.has(i));
    callers[choose(ready)]!.gate.letThrough();
    await stops();
    await afterStep();
  }
  for (const { gate } of callers) gate.open();
  return settled;
}

const quiet = (work: Promise<unknown>): Promise<unknown> => work.catch(() => undefined);
