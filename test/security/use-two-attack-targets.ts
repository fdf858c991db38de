import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import {
  type AccessClaims,
  type SessionModuleOptions,
  SessionService,
  RevocationLog,
  TokenService,
} from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import { RevocationCache } from '../../lib/revocation/revocation-cache.js';
import { eventually } from '../support/eventually.js';
import { startRedis } from '../support/redis/redis-server.js';
import { ADAPTERS, type TestApp } from '../support/test-app.js';
import { startAttackTarget } from '../support/apps/use-attack-target.js';

/** Two instances of one application, Express and Fastify, on one Redis. */
export interface TwoAttackTargets {
  readonly express: TestApp;
  readonly fastify: TestApp;
  readonly clock: FakeClock;
  readonly sessions: SessionService;
  readonly tokens: TokenService;
  /** A connection to inspect their Redis. */
  readonly redis: Redis;
  readonly keyPrefix: string;
  /** All keys of the two instances. */
  keys(): Promise<string[]>;
  /** Waits until both have received all revocations so far. */
  caughtUp(): Promise<void>;
}

export function useTwoAttackTargets(
  options: Omit<SessionModuleOptions, 'redis' | 'store'> = {},
): TwoAttackTargets {
  const keyPrefix = `sk-${randomUUID()}:`;
  const nodes = { keyPrefix } as {
    -readonly [Name in keyof TwoAttackTargets]: TwoAttackTargets[Name];
  };
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const server = await startRedis();
    const redis = server.client();
    const clock = new FakeClock();
    const start = (adapter: (typeof ADAPTERS)[number]): Promise<TestApp> => {
      const shared = { ...options, keyPrefix, redis: server.connection };
      return startAttackTarget({ adapter, clock, options: shared });
    };
    const [express, fastify] = await Promise.all([start('express'), start('fastify')]);
    closing.push(express.close, fastify.close, server.stop);
    Object.assign(nodes, {
      express,
      fastify,
      clock,
      redis,
      sessions: express.get(SessionService),
      tokens: express.get(TokenService),
      keys: () => redis.keys(`${keyPrefix}*`),
      caughtUp: async () => {
        const jti = randomUUID();
        await express.get(RevocationLog).publish([{ type: 'token', jti }]);
        const claims = { jti, sid: '', cver: 0, epoch: Infinity, iat: 0 } as AccessClaims;
        for (const app of options.revocation?.check === 'store' ? [] : [express, fastify]) {
          await eventually(
            () => app.get(RevocationCache).decide(claims),
            (judged) => judged === 'denied',
          );
        }
      },
    } satisfies Omit<TwoAttackTargets, 'keyPrefix'>);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });
  return nodes;
}
