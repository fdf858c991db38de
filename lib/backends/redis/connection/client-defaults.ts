/**
 * With the defaults of ioredis a request waits for minutes while Redis is unavailable. Here a command fails with the
 * first failed reconnect, and unanswered commands are not sent again: the package decides which commands are retried (a
 * Cluster client retries them anyway). A connection without answers is closed: behind a failed router it would appear
 * open for 15 minutes.
 */
export const REQUEST_PATH = {
  // A server that has become a replica keeps its connections: a new connection may reach the master.
  reconnectOnError: ({ message }: Error) => /^READONLY|replica instances/.test(message),
  connectTimeout: 1000,
  // Time for which a closing connection may keep the process alive: no answer is awaited any more.
  disconnectTimeout: 100,
  socketTimeout: 1000,
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
  // Without it a Sentinel that hangs is queried for ever, and the others never.
  sentinelCommandTimeout: 500,
};

/** The reply format that the store reads, regardless of the options of the application. */
export const REPLIES = { replyMapping: 'legacy' } as const;

export const reconnectDelayMs = (attempt: number): number => Math.min(attempt * 50, 1000);
