import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Counts one more in each window, and starts the time of a count that has none: it is new, or somebody took it away. A key
 * that holds no number, which only a hand can write, fails all of them.
 *
 * KEYS counts, a key may come several times
 * ARGV 1 length of a window in ms
 * Returns for each key its count, and the ms until its window ends.
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
