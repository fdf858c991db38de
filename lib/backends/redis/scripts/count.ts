import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Increments the count of each window, and sets the expiry of a count without one: it is new, or its expiry was
 * removed. A key that does not hold a number, which can only be written manually, fails all counts.
 *
 * KEYS counts, a key may occur several times
 * ARGV 1 length of a window in ms
 * Returns the count of each key, and the ms until its window ends.
 */
export const COUNT: Script = {
  name: 'sessionKitCount',
  lua: lua`#!lua
local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  local ttl_ms = redis.call('PTTL', key)
  if ttl_ms < 0 then
    ttl_ms = tonumber(ARGV[1])
    redis.call('PEXPIRE', key, ttl_ms)
  end
  counts[i] = {count, ttl_ms}
end
return counts
`,
};
