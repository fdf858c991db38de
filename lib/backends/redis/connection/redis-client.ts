import type { Writable } from 'node:stream';
import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';

/** The options of a client that decide whether it can be used. */
export interface RedisClientOptions {
  readonly keyPrefix?: string | undefined;
  readonly scaleReads?: unknown;
  readonly stringNumbers?: unknown;
  /** Of a Cluster, for each of its nodes. */
  readonly redisOptions?: object | undefined;
}

/** The part of an ioredis client that is used. Any version that has it will do, whichever copy made it. */
export interface RedisClient {
  readonly options: RedisClientOptions;
  /** The socket, while there is one; a Cluster has none of its own. */
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
  /** Another connection to the same place. */
  duplicate(...overrides: never[]): unknown;
}

/** Commands that go in one write, all to the node of their key. */
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

/** A client of a Cluster, which also names its nodes. */
export interface RedisClusterClient extends RedisClient {
  nodes(role: 'master'): RedisClient[];
}

/** The nodes that hold the keys between them. */
export function mastersOf(client: RedisClient | RedisClusterClient): readonly RedisClient[] {
  return 'nodes' in client ? client.nodes('master') : [client];
}

/**
 * Where Redis is: a URL (`redis://`, `rediss://`), a client of the app's own, or the options for a new one. Clients that
 * the kit makes are closed by it; one of the app's stays the app's. A URL that is undefined, as an environment variable
 * may be, stops the start.
 */
export type RedisConnection =
  | {
      /** `redis://user:password@host:6379/0`, or `rediss://` for TLS. */
      url: string | undefined;
    }
  | {
      /** An ioredis `Redis` or `Cluster` of the app. The kit does not close it. */
      client: RedisClient | RedisClusterClient;
    }
  | {
      /** Options of ioredis for a client that the kit makes, for Sentinel and Cluster. */
      options: RedisOptions | (ClusterOptions & { nodes: ClusterNode[] });
    };
