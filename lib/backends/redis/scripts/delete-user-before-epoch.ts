import type { Script } from '../commands/script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Ends the sessions of a user that were opened in an earlier epoch. allow-oom: at maxmemory all users can still be
 * logged out.
 *
 * KEYS 1 index
 * ARGV 1 prefix of record keys, 2 now in epoch ms, 3 epoch as in the head
 * Returns the number of live sessions ended.
 */
export const DELETE_USER_BEFORE_EPOCH: Script = {
  name: 'sessionKitDeleteAllBefore',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[2])
local ended = 0
for _, handle in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = ARGV[1] .. handle
  local head = head_of(key)
  if head ~= '' and ${field('epoch', 'head')} < ARGV[3] then
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[1], handle)
    if expires_at(head) > now_ms then ended = ended + 1 end
  end
end
return ended
`,
};
