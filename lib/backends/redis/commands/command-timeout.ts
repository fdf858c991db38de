import { withTimeout } from '../../../resilience/timeout.js';

/** Longest time a command may take, on a busy server and with a long queue of the client's. */
const COMMAND_TIMEOUT_MS = 5000;

/**
 * Settles as the command does, or rejects with a `TimeoutError` after 5 s. A client may never settle a command: ioredis
 * drops what was sent and not answered when it gives a connection up, a Cluster client keeps what waits for a node, and
 * behind a dead router no answer comes for a quarter of an hour.
 */
export function withCommandTimeout<T>(command: Promise<T>): Promise<T> {
  return withTimeout(COMMAND_TIMEOUT_MS, command);
}
