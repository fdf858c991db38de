import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Lists all records of a user.
 *
 * KEYS 1 index
 * ARGV 1 prefix of record keys
 * Returns the values.
 */
export const LIST: Script = {
  name: 'sessionKitList',
  numberOfKeys: 1,
  lua: lua`#!lua flags=no-writes
local values = {}
for _, handle in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local value = redis.call('GET', ARGV[1] .. handle)
  if value then values[#values + 1] = value end
end
return values
`,
};
