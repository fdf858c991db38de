import type { RedisClient } from '../connection/redis-client.js';
import { timers } from '../../../core/timers.js';

/**
 * Sends the commands of one turn of the event loop in one write. Writing to the socket is most of the cost of a script
 * in this process, and under load many requests are answered in one turn. A Cluster client has several sockets and does
 * not batch.
 */
export function batchWrites({ stream }: RedisClient): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  timers.setImmediate(() => stream.uncork());
}
