import { withCommandTimeout } from './command-timeout.js';
import type { RedisClient } from '../connection/redis-client.js';

/**
 * Approximate number of keys per SCAN step: large enough that round trips do not matter, small enough not to block
 * Redis.
 */
export const KEYS_PER_STEP = 1000;

/**
 * Yields the matching keys of one node in batches. SCAN returns every key that exists from its start to its end; a key
 * may occur twice while Redis resizes its table.
 */
export async function* scanKeys(master: RedisClient, pattern: string): AsyncIterable<string[]> {
  let cursor = '0';
  do {
    const [next, keys] = await withCommandTimeout(
      master.scan(cursor, 'MATCH', pattern, 'COUNT', KEYS_PER_STEP),
    );
    yield keys;
    cursor = next;
  } while (cursor !== '0');
}
