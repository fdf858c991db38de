import { Cluster, type ClusterNode, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { errorMessage } from '../../../core/escape-control-characters.js';
import { SessionConfigError } from '../../../core/session-config-error.js';
import { parseRedisUrl } from './redis-url.js';
import type {
  RedisClientOptions,
  RedisClient,
  RedisClusterClient,
  RedisConnection,
} from './redis-client.js';
import { reconnectDelayMs, REPLIES, REQUEST_PATH } from './client-defaults.js';
import { rejectForeign, rejectUnusable } from './client-checks.js';

/**
 * The client connects with its first command. A start that fails earlier, in any provider, leaves no open connection.
 */
const LAZY_CONNECT = { lazyConnect: true } as const;

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
  if (connection.client) {
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

/** @throws SessionConfigError also for options that ioredis refuses with its own error */
function newClient(connection: RedisConnection): Redis | Cluster {
  const { options, url } = connection;
  try {
    return options ? fromOptions(options) : fromUrl(url);
  } catch (error) {
    if (error instanceof SessionConfigError) throw error;
    const path = options ? 'redis.options' : 'redis.url';
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

function addressOf(client: Redis | Cluster): string {
  if (client.isCluster) return 'the Cluster';
  const { host, port, path, sentinels, name } = (client as Redis).options;
  if (sentinels) return `the master "${name}" of Sentinel`;
  return path ?? `${host}:${port}`;
}
