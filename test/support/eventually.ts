import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a background effect: repeats the check, and fails after a timeout. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isDone: (answer: T) => boolean,
  withinMs = 30_000,
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isDone(answer)) return answer;
    if (performance.now() > endsAt) {
      throw new Error(`still not true after ${withinMs} ms: ${JSON.stringify(answer)}`);
    }
    await sleep(20);
  }
}
