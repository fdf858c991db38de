import type { RedisClient } from '../connection/redis-client.js';
import { timers } from '../../../core/timers.js';

/**
 * Lets the commands of one turn of the event loop leave in one write. Writing to the socket is most of what a script
 * costs this process, and under load many requests are answered in one turn. A Cluster has several sockets and goes without.
 */
export function batchWrites({ stream }: RedisClient): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  timers.setImmediate(() => stream.uncork());
}
