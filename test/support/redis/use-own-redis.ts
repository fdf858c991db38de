import { afterAll, beforeAll } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startOwnRedis } from './redis-server.js';

/** A client of a Redis for this test file, which is available when its tests run. */
export function useOwnRedis(): { readonly client: Redis } {
  const own = {} as { client: Redis };
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const redis = await startOwnRedis();
    own.client = redis.client();
    stop = redis.stop;
  });
  afterAll(() => stop?.());
  return own;
}
