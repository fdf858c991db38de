import type { Script } from '../commands/script-runner.js';
import { FORWARD_FUNCTION, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Ends the sessions of a user except one. allow-oom: with Redis at maxmemory users must still be able to log out.
 *
 * KEYS 1 index
 * ARGV 1 prefix of record keys, 2 handle to keep (it may have moved) or '', 3 now in epoch ms,
 *   4 prefix of forward keys
 * Returns the handles of the live sessions that ended.
 */
export const DELETE_BY_USER: Script = {
  name: 'sessionKitDeleteAll',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
${RECORD_FUNCTIONS}
${FORWARD_FUNCTION}
local now_ms = tonumber(ARGV[3])
local kept = current_handle(ARGV[4], ARGV[2])
local ended = {}
for _, handle in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if handle ~= kept then
    local key = ARGV[1] .. handle
    local head = head_of(key)
    if head ~= '' and expires_at(head) > now_ms then ended[#ended + 1] = handle end
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[1], handle)
  end
end
return ended
`,
};
