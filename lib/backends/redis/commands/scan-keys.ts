import { withCommandTimeout } from './command-timeout.js';
import type { RedisClient } from '../connection/redis-client.js';

/** Keys a step looks at, roughly: enough that round trips do not matter, few enough that Redis is not held up. */
export const KEYS_PER_STEP = 1000;

/**
 * The keys of one node that match, in steps. SCAN gives every key that is there from its start to its end; one may come
 * twice while Redis resizes its table.
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
