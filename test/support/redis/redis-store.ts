import { randomUUID } from 'node:crypto';
import type { Clock, RedisConnection, RevocationSettings } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';
import {
  openRedis,
  type OpenRedis,
  type RedisBackend,
} from '../../../lib/backends/redis/redis-backend.js';

/** Drops no revocation. */
const REVOCATION: RevocationSettings = {
  windowMs: Infinity,
  maxStalenessMs: 1000,
  waitReplicas: 0,
};

/** A backend in Redis that is ready, with a separate key prefix and clock. */
export interface RedisStoreUnderTest extends RedisBackend, Pick<OpenRedis, 'admin'> {
  readonly clock: FakeClock;
  readonly keyPrefix: string;
  close(): Promise<void>;
}

/** A backend in Redis that is not connected. */
export function newRedis(
  connection: RedisConnection,
  keyPrefix: string,
  clock: Clock,
  revocation: RevocationSettings = REVOCATION,
): OpenRedis {
  return openRedis(connection, { clock, keyPrefix, revocation });
}

export async function openRedisStore(
  connection: RedisConnection,
  keyPrefix: string = randomKeyPrefix(),
): Promise<RedisStoreUnderTest> {
  const clock = new FakeClock();
  const { backend, admin } = newRedis(connection, keyPrefix, clock);
  await backend.onModuleInit();
  return { ...backend, admin, clock, keyPrefix, close: backend.onApplicationShutdown };
}

/** Lets tests share a server. */
export function randomKeyPrefix(): string {
  return `test-${randomUUID()}:`;
}
