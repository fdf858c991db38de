import type { Writable } from 'node:stream';
import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';

/** The options of a client that decide whether it can be used. */
export interface RedisClientOptions {
  readonly keyPrefix?: string | undefined;
  readonly scaleReads?: unknown;
  readonly stringNumbers?: unknown;
  /** For a Cluster: the options of each node. */
  readonly redisOptions?: object | undefined;
}

/** The part of an ioredis client that is used. Any version that has it works, including another installed copy. */
export interface RedisClient {
  readonly options: RedisClientOptions;
  /** The socket, while it is open; a Cluster client has none. */
  readonly stream?: Pick<Writable, 'cork' | 'uncork' | 'writableCorked'> | undefined;
  get(key: string): Promise<string | null>;
  mget(keys: string[]): Promise<(string | null)[]>;
  time(): Promise<unknown[]>;
  info(): Promise<string>;
  config(subcommand: 'GET', parameter: string): Promise<unknown>;
  dbsize(): Promise<number>;
  scan(
    cursor: string,
    match: 'MATCH',
    pattern: string,
    count: 'COUNT',
    number: number,
  ): Promise<[string, string[]]>;
  defineCommand(name: string, script: { lua: string; numberOfKeys?: number }): void;
  pipeline(): RedisPipeline;
  /** Creates another connection to the same server. */
  duplicate(...overrides: never[]): unknown;
}

/** Commands that are sent in one write, all to the node of their key. */
export interface RedisPipeline {
  exists(key: string): RedisPipeline;
  wait(replicas: number, timeoutMs: number): RedisPipeline;
  xinfo(subcommand: 'STREAM', key: string): RedisPipeline;
  xread(...args: (string | number)[]): RedisPipeline;
  exec(): Promise<[error: Error | null, answer: unknown][] | null>;
}

/** A connection for reads that block. */
export interface RedisBlockingClient {
  pipeline(): RedisPipeline;
  on(event: 'error' | 'close', listener: () => void): unknown;
  disconnect(): void;
}

/** A client of a Cluster, which also lists its nodes. */
export interface RedisClusterClient extends RedisClient {
  nodes(role: 'master'): RedisClient[];
}

/** Returns the masters, which together hold all keys. */
export function mastersOf(client: RedisClient | RedisClusterClient): readonly RedisClient[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/**
 * The connection to Redis: a URL (`redis://`, `rediss://`), a client of the application, or the options for a new one.
 * The package closes the clients that it creates, but not a client of the application. An undefined URL, for example
 * from an unset environment variable, stops the start.
 */
export type RedisConnection =
  | {
      /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
      url: string | undefined;
      client?: undefined;
      options?: undefined;
    }
  | {
      /** An ioredis `Redis` or `Cluster` of the application. The package does not close it. */
      client: RedisClient | RedisClusterClient;
      url?: undefined;
      options?: undefined;
    }
  | {
      /** Options of ioredis for a client that the package creates, for Sentinel and Cluster. */
      options: RedisOptions | (ClusterOptions & { nodes: ClusterNode[] });
      url?: undefined;
      client?: undefined;
    };
