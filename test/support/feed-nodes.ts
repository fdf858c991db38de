import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  type RedisBackend,
  type RedisConnection,
  type SessionClaims,
  type SessionOptions,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { tagOf } from '../../lib/rules/handle.js';
import { RevocationCache } from '../../lib/revocation/revocation-cache.js';
import { eventually } from './eventually.js';
import { codeOf, type Node } from './nodes.js';
import { type OwnRedis, startOwnRedis } from './redis/redis-server.js';
import { newRedis } from './redis/redis-store.js';
import { type Adapter, startApp } from './test-app.js';
import { ApiAppController } from './apps/api-app.controller.js';

/** Two nodes that follow one stream in a Redis of their own. */
export interface FeedNodes {
  readonly here: Node;
  readonly there: Node;
  readonly clock: FakeClock;
  readonly redis: OwnRedis;
  /** A connection to inspect Redis. */
  readonly look: Redis;
  readonly keyPrefix: string;
  /** The claims that `claimsFor` returns for a user; for all others, those of the session. */
  readonly claims: Map<string, SessionClaims | null>;
  /** A third node, which the caller closes. */
  startAnother(): Promise<Node>;
}

export interface FeedSetup {
  readonly adapter?: Adapter;
  readonly options?: SessionOptions;
  /** How the other node reaches Redis. */
  readonly way?: (redis: OwnRedis) => Promise<RedisConnection>;
}

/**
 * The maximum: a node on a busy machine with a stale feed reads the store, and tests count reads.
 */
const MAX_STALENESS_MS = 10_000;

/** Runs two nodes for the tests of the surrounding `describe`. */
export function useFeedNodes({ adapter, options, way }: FeedSetup = {}): FeedNodes {
  const nodes = {} as { -readonly [Name in keyof FeedNodes]: FeedNodes[Name] };

  beforeAll(async () => {
    const clock = new FakeClock();
    const redis = await startOwnRedis();
    const keyPrefix = `sk-${randomUUID()}:`;
    const claims = new Map<string, SessionClaims | null>();
    const start = async (connection: RedisConnection): Promise<Node> => {
      const app = await startApp({
        ...(adapter && { adapter }),
        clock,
        controllers: [ApiAppController],
        options: {
          rateLimit: false,
          claimsFor: async (userId, { user: { id: _id, ...own } }) =>
            claims.has(userId) ? claims.get(userId) : own,
          revocation: { maxStalenessMs: MAX_STALENESS_MS },
          ...options,
          keyPrefix,
          redis: connection,
        },
      });
      return { app, sessions: app.get(SessionService), tokens: app.get(TokenService) };
    };
    const here = await start(redis.connection);
    const there = await start((await way?.(redis)) ?? redis.connection);
    const startAnother = (): Promise<Node> => start(redis.connection);
    const look = redis.client();
    Object.assign(nodes, { here, there, clock, redis, look, keyPrefix, claims, startAnother });
    for (const node of [here, there]) await fresh(node);
    // The store decides about tokens of the first minute after the start of a stream.
    clock.advance(120_000);
  });

  afterAll(async () => {
    await nodes.here?.app.close();
    await nodes.there?.app.close();
    await nodes.redis?.stop();
  });

  return nodes;
}

export const windowOf = ({ app }: Node): RevocationCache => app.get(RevocationCache);

/** Waits until the node has received all revocations so far. */
export async function fresh(node: Node): Promise<void> {
  await eventually(
    () => windowOf(node).state().fresh,
    (isFresh) => isFresh,
  );
}

/** Waits until the node refuses an access token, and returns the code. */
export function refusal({ tokens }: Node, accessToken: string): Promise<string> {
  return eventually(
    () => codeOf(tokens.verifyAccess(accessToken)),
    (code) => code !== 'done',
  );
}

/** Counts the commands that read records during `work`: sequential requests have one each. */
export async function readsDuring(
  { look }: FeedNodes,
  work: () => Promise<unknown>,
): Promise<number> {
  const reads = async (): Promise<number> => {
    const stats = await look.info('commandstats');
    return Number(/cmdstat_mget:calls=(\d+)/.exec(stats)?.[1] ?? 0);
  };
  const before = await reads();
  await work();
  return (await reads()) - before;
}

export const recordKey = ({ keyPrefix }: FeedNodes, handle: string): string =>
  `${keyPrefix}{${tagOf(handle)}}:s:${handle}`;

/** A backend beside the nodes, like that of a node that dies after it published a revocation. */
export function backendBeside({ redis, keyPrefix, clock }: FeedNodes): RedisBackend {
  return newRedis(redis.connection, keyPrefix, clock).backend;
}
