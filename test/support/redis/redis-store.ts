import { randomUUID } from 'node:crypto';
import { type RedisConnection, RedisSessionStore } from 'nestjs-session-kit';
import { FakeClock } from 'nestjs-session-kit/testing';

/** A store in Redis that is ready, with a separate key prefix and clock. */
export interface RedisStoreUnderTest {
  readonly store: RedisSessionStore;
  readonly clock: FakeClock;
  readonly keyPrefix: string;
  close(): Promise<void>;
}

export async function openRedisStore(
  connection: RedisConnection,
  keyPrefix: string = randomKeyPrefix(),
): Promise<RedisStoreUnderTest> {
  const clock = new FakeClock();
  const store = new RedisSessionStore(connection, keyPrefix, clock);
  await store.onModuleInit();
  return { store, clock, keyPrefix, close: async () => store.onApplicationShutdown() };
}

/** Lets tests share a server. */
export function randomKeyPrefix(): string {
  return `test-${randomUUID()}:`;
}
