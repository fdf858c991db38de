import { Deadline } from '../../../resilience/timeout.js';
import { timers } from '../../../core/timers.js';
import type { RedisContext } from '../redis-context.js';
import { withCommandTimeout } from './command-timeout.js';

/** Shorter than the timeout of a call, so that the outcome is known when the call ends. */
const REPLICAS_TIMEOUT_MS = 400;
const REPLICAS_PAUSE_MS = 10;

/**
 * Waits until `waitReplicas` replicas have received the last write to the node of this key.
 * @throws Error when fewer have received it in time
 */
export async function waitForReplicas(
  { client, revocation: { waitReplicas } }: RedisContext,
  key: string,
): Promise<void> {
  if (waitReplicas === 0) return;
  const deadline = new Deadline(REPLICAS_TIMEOUT_MS);
  for (;;) {
    // WAIT has no key: in a pipeline with a command that has one, it goes to the same node and connection. It blocks
    // the requests that share the connection, so this polls instead of waiting.
    const commands = client.pipeline().exists(key).wait(waitReplicas, 1);
    const [, [error, replicas] = [null, 0]] = (await withCommandTimeout(commands.exec())) ?? [];
    if (error) throw error;
    if (Number(replicas) >= waitReplicas) return;
    if (deadline.passed) {
      throw new Error(`${String(replicas)} of ${waitReplicas} replicas have the revocation`);
    }
    await timers.sleep(REPLICAS_PAUSE_MS);
  }
}
