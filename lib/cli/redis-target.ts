import { parseRedisUrl } from '../backends/redis/connection/redis-url.js';
import type { RedisConnection } from '../backends/redis/connection/redis-client.js';
import type { CommandIo } from './command-io.js';
import { CommandError, EXIT } from './command-result.js';

/** The Redis on which a command runs. */
export interface RedisTarget {
  readonly connection: RedisConnection;
  /** For messages; without a password. */
  readonly address: string;
}

export interface TargetOptions {
  readonly redis?: string;
  readonly cluster?: string;
}

const NODE = /^(?<host>\[[\da-f:]+\]|[^\s:@/[\]]+):(?<port>\d{1,5})$/i;

/**
 * Options take precedence over the environment. Two targets are an error: a command must not end sessions in the wrong
 * Redis.
 * @throws CommandError that never contains the given value
 */
export function redisTarget(options: TargetOptions, env: CommandIo['env']): RedisTarget {
  const fromOptions = options.redis !== undefined || options.cluster !== undefined;
  // An empty variable counts as unset, as in shells.
  const url = fromOptions ? options.redis : env['REDIS_URL'] || undefined;
  const cluster = fromOptions ? options.cluster : env['REDIS_CLUSTER'] || undefined;
  if (url !== undefined && cluster !== undefined) {
    throw unusable(
      fromOptions
        ? '--redis and --cluster are mutually exclusive'
        : 'REDIS_URL and REDIS_CLUSTER are both set; choose one with --redis or --cluster',
    );
  }
  if (url !== undefined) return single(url, fromOptions ? '--redis' : 'REDIS_URL');
  if (cluster !== undefined) return nodes(cluster, fromOptions ? '--cluster' : 'REDIS_CLUSTER');
  throw unusable(
    'no Redis server is given; set REDIS_URL or REDIS_CLUSTER, or pass --redis or --cluster',
  );
}

function single(url: string, source: string): RedisTarget {
  const parsed = parseRedisUrl(url);
  if (!parsed) {
    throw unusable(
      `${source} must be a URL such as redis://user:password@host:6379/0, or rediss:// for TLS, with special characters in the password percent-encoded`,
    );
  }
  const { host, port, database } = parsed;
  return { connection: { url }, address: `Redis at ${host}:${port}${database}` };
}

function nodes(list: string, source: string): RedisTarget {
  const addresses = list.split(',').map((address) => address.trim());
  const found = addresses.map((address) => NODE.exec(address)?.groups);
  const known = found.flatMap((node) => {
    if (!node) return [];
    const { host = '', port } = node;
    return [{ host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }];
  });
  if (known.length < found.length) {
    throw unusable(`${source} must be a list such as host:port,host:port`);
  }
  return {
    connection: { options: { nodes: known } },
    address: `the Redis Cluster at ${addresses.join(', ')}`,
  };
}

function unusable(message: string): CommandError {
  return new CommandError(EXIT.usage, message);
}
