import { reconnectDelayMs, REPLIES, REQUEST_PATH } from './client-defaults.js';
import type { RedisBlockingClient, RedisClient, RedisClusterClient } from './redis-client.js';

/**
 * Creates a separate connection for blocking reads, with the address and credentials of `client` and the timeouts of
 * this package.
 * @param blockMs maximum time for which a read waits
 */
export function createBlockingClient(
  client: RedisClient | RedisClusterClient,
  blockMs: number,
): RedisBlockingClient {
  const options = {
    ...REQUEST_PATH,
    ...REPLIES,
    socketTimeout: REQUEST_PATH.socketTimeout + blockMs,
    // With either option a waiting read would count as failed (ioredis rejects it, and the rejection is unhandled).
    commandTimeout: undefined,
    blockingTimeout: undefined,
    enableAutoPipelining: false,
    failoverDetector: true,
    lazyConnect: false,
  };
  const duplicate = (client.duplicate as (...overrides: unknown[]) => unknown).bind(client);
  const reader = (
    'nodes' in client
      ? duplicate([], {
          // ioredis 5 would drop the password and TLS of the application in favour of these.
          redisOptions: { ...client.options.redisOptions, ...options },
          clusterRetryStrategy: reconnectDelayMs,
          // A replica lags by an unknown time.
          scaleReads: 'master',
          enableAutoPipelining: false,
          lazyConnect: false,
          // The queue of a Cluster client never drops commands, so an outage would add one read per turn.
          enableOfflineQueue: false,
        })
      : duplicate({ ...options, retryStrategy: reconnectDelayMs })
  ) as RedisBlockingClient;
  // Without a listener ioredis prints each failed attempt; the subscriber logs the failure.
  reader.on('error', () => undefined);
  return reader;
}
