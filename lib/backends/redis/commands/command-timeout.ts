import { withTimeout } from '../../../resilience/timeout.js';

/** Maximum time of a command, on a busy server and with a long queue in the client. */
const COMMAND_TIMEOUT_MS = 5000;

/**
 * Settles as the command does, or rejects with a `TimeoutError` after 5 s. A client may never settle a command: ioredis
 * drops unanswered commands when it gives up a connection, a Cluster client keeps commands queued for a node, and
 * behind a failed router no answer arrives for 15 minutes.
 */
export function withCommandTimeout<T>(command: Promise<T>): Promise<T> {
  return withTimeout(COMMAND_TIMEOUT_MS, command);
}
