import type { RedisClient } from '../connection/redis-client.js';
import { timers } from '../../../core/timers.js';

interface Call<Answer> {
  readonly key: string;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Requests the keys of one turn of the event loop with one command: a command costs this process more than its keys,
 * and under load many requests are read in one turn. A single key does not wait for others.
 *
 * In a Cluster the keys are in different slots, and each key gets its own command. This also applies to a Cluster of
 * one node behind a client that is not aware of it, which the first error reveals.
 * @param ask runs one command for these keys and returns the answers in their order
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
      if (waiting.push({ key, resolve, reject }) === 1) timers.setImmediate(() => void send());
    });
  };
}

/** Redis refuses such a command before executing any part of it. */
function isCrossSlot(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('CROSSSLOT');
}
