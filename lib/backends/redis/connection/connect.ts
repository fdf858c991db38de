import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { errorMessage } from '../../../core/escape-control-characters.js';
import { SessionConfigError } from '../../../core/session-config-error.js';
import { parseRedisUrl } from './redis-url.js';
import type {
  RedisClientOptions,
  RedisClient,
  RedisClusterClient,
  RedisConnection,
  RedisBlockingClient,
} from './redis-client.js';

/**
 * With the defaults of ioredis a request waits for minutes while Redis is unavailable. Here a command fails with the
 * first failed reconnect, and unanswered commands are not sent again: the package decides which commands are retried (a
 * Cluster client retries them anyway). A connection without answers is closed: behind a failed router it would appear
 * open for 15 minutes.
 */
const REQUEST_PATH = {
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
const REPLIES = { replyMapping: 'legacy' } as const;

/**
 * The client connects with its first command. A start that fails earlier, in any provider, leaves no open connection.
 */
const LAZY_CONNECT = { lazyConnect: true } as const;

const reconnectDelayMs = (attempt: number): number => Math.min(attempt * 50, 1000);

/** A client with its address, its last error and the way to close it. */
export interface ManagedClient {
  readonly client: RedisClient | RedisClusterClient;
  /** For messages; without a password. */
  readonly address: string;
  /** The last error of the connection. */
  lastError(): string | undefined;
  /** Closes the connection if the package opened it. */
  close(): void;
}

/** @throws SessionConfigError for an invalid URL or an unusable client */
export function connect(connection: RedisConnection): ManagedClient {
  // An undefined form counts as absent, since an application without strict types may write it.
  if ('client' in connection && connection.client) {
    rejectForeign(connection.client);
    const { options } = connection.client;
    rejectUnusable({ ...options.redisOptions, ...options });
    return {
      client: connection.client,
      address: 'the given client',
      lastError: () => undefined,
      close: () => {},
    };
  }
  const client = newClient(connection);
  let lastError: string | undefined;
  // Without a listener ioredis prints each failed attempt; the resilient store logs an outage once.
  client.on('error', (error: unknown) => (lastError = errorMessage(error)));
  return {
    client,
    address: addressOf(client),
    lastError: () => lastError,
    close: () => client.disconnect(),
  };
}

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

/** @throws SessionConfigError also for options that ioredis refuses with its own error */
function newClient(connection: RedisConnection): Redis | Cluster {
  const byOptions = 'options' in connection && Boolean(connection.options);
  try {
    return byOptions
      ? fromOptions(connection.options)
      : fromUrl((connection as { url?: string }).url);
  } catch (error) {
    if (error instanceof SessionConfigError) throw error;
    const path = byOptions ? 'redis.options' : 'redis.url';
    throw new SessionConfigError([{ path, message: `cannot be used: ${errorMessage(error)}` }]);
  }
}

function fromUrl(url: unknown): Redis {
  if (typeof url !== 'string' || !parseRedisUrl(url)) {
    const message =
      'must be a URL such as redis://user:password@host:6379/0, or rediss:// for TLS, with special characters in the password percent-encoded';
    throw new SessionConfigError([{ path: 'redis.url', message }]);
  }
  rejectUnusable(queryOf(url));
  return new Redis(url, {
    ...REQUEST_PATH,
    retryStrategy: reconnectDelayMs,
    ...LAZY_CONNECT,
  });
}

/** ioredis reads the query of a URL as options, which take precedence over those in code. All are strings. */
function queryOf(url: string): RedisClientOptions {
  return Object.fromEntries(URL.canParse(url) ? new URL(url).searchParams : []);
}

function fromOptions(
  options: RedisOptions | (ClusterOptions & { nodes: ClusterNode[] }),
): Redis | Cluster {
  if (!('nodes' in options)) {
    rejectUnusable(options);
    return new Redis({
      ...REQUEST_PATH,
      retryStrategy: reconnectDelayMs,
      ...options,
      ...REPLIES,
      ...LAZY_CONNECT,
    });
  }
  const { nodes, ...cluster } = options;
  if (!Array.isArray(nodes) || nodes.length === 0) {
    const message = 'must be a list such as [{ host, port }]';
    throw new SessionConfigError([{ path: 'redis.options.nodes', message }]);
  }
  rejectUnusable({ ...cluster.redisOptions, ...cluster });
  for (const node of nodes as unknown[]) {
    if (typeof node === 'string') rejectUnusable(queryOf(node));
    if (typeof node === 'object' && node !== null) rejectUnusable(node);
  }
  return new Cluster(nodes, {
    clusterRetryStrategy: reconnectDelayMs,
    ...cluster,
    ...LAZY_CONNECT,
    redisOptions: { ...REQUEST_PATH, ...cluster.redisOptions, ...REPLIES },
  });
}

const CLIENT_METHODS = [
  'get',
  'mget',
  'time',
  'info',
  'scan',
  'defineCommand',
  'pipeline',
  'duplicate',
];

/** @throws SessionConfigError for an object that is not an ioredis client */
function rejectForeign(client: object): void {
  const written = client as Record<string, unknown>;
  const { options } = written;
  const isClient =
    CLIENT_METHODS.every((name) => typeof written[name] === 'function') &&
    typeof options === 'object' &&
    options !== null;
  if (isClient) return;
  const message =
    typeof written['then'] === 'function'
      ? 'is a Promise; await it in the factory of forRootAsync'
      : 'must be a Redis or Cluster client of ioredis';
  throw new SessionConfigError([{ path: 'redis.client', message }]);
}

/** @throws SessionConfigError for client options that would change the commands or answers of the package */
function rejectUnusable({ keyPrefix, scaleReads, stringNumbers }: RedisClientOptions): void {
  const problems: [found: boolean, message: string][] = [
    // ioredis puts its prefix before keys but not into script arguments, and Cluster scans would miss it.
    [
      Boolean(keyPrefix),
      'the client has its own keyPrefix; remove it and set keyPrefix of SessionModule instead',
    ],
    // A replica lags: it may miss a recent login, and still return a session that has ended.
    [
      scaleReads !== undefined && scaleReads !== 'master',
      "the client reads from replicas; leave scaleReads at 'master', or create a separate client for the sessions",
    ],
    [
      Boolean(stringNumbers),
      'the client has stringNumbers, so no answer of a script is a number; omit it, or create a separate client for the sessions',
    ],
  ];
  const [, message] = problems.find(([found]) => found) ?? [];
  if (message) throw new SessionConfigError([{ path: 'redis', message }]);
}

function addressOf(client: Redis | Cluster): string {
  if (client.isCluster) return 'the Cluster';
  const { host, port, path, sentinels, name } = (client as Redis).options;
  if (sentinels) return `the master "${name}" of Sentinel`;
  return path ?? `${host}:${port}`;
}
