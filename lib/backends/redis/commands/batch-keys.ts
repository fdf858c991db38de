import type { RedisClient } from '../connection/redis-client.js';
import { timers } from '../../../core/timers.js';

interface Call<Answer> {
  readonly key: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Asks for the keys of one turn of the event loop with one command: a command costs this process more than what it asks
 * for, and under load many requests are read in one turn. A key that is alone waits for no other.
 *
 * In a Cluster the keys are in different slots and each has a command of its own. So it is with a Cluster of one node
 * behind a client that knows nothing of it: that is found out by the first answer that says so.
 * @param ask one command for these keys, answered in their order
 */
export function batchKeys<Answer>(
  client: RedisClient,
  ask: (keys: string[]) => Promise<readonly Answer[]>,
): (key: string) => Promise<Answer> {
  let together = !('nodes' in client);
  let waiting: Call<Answer>[] = [];

  const alone = async (key: string): Promise<Answer> => (await ask([key]))[0] as Answer;

  const send = async (): Promise<void> => {
    const calls = waiting;
    waiting = [];
    try {
      const answers = await ask(calls.map(({ key }) => key));
      calls.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      if (!isCrossSlot(error)) return calls.forEach(({ reject }) => reject(error));
      together = false;
      for (const { key, resolve, reject } of calls) alone(key).then(resolve, reject);
    }
  };

  return (key) => {
    if (!together) return alone(key);
    return new Promise((resolve, reject) => {
      if (waiting.push({ key, resolve, reject }) === 1) timers.setImmediate(send);
    });
  };
}

/** Redis refuses such a command before it does anything. */
function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
