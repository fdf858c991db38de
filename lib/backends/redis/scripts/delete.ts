import type { Script } from '../commands/script-runner.js';
import { field, FORWARD_FUNCTION, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Ends a session, also one that moved. allow-oom: with Redis at maxmemory users must still be able to log out.
 *
 * KEYS 1 forward key of the handle
 * ARGV 1 handle, 2 now in epoch ms, 3 prefix of forward keys, 4 prefix of record keys, 5 prefix of index keys
 * Returns the handle of the live session that ended, or nil.
 */
export const DELETE: Script = {
  name: 'sessionKitDelete',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
${RECORD_FUNCTIONS}
${FORWARD_FUNCTION}
local handle = current_handle(ARGV[3], ARGV[1])
local key = ARGV[4] .. handle
local head = head_of(key)
if head == '' then return false end
redis.call('DEL', key)
redis.call('ZREM', ARGV[5] .. ${field('user', 'head')}, handle)
return expires_at(head) > tonumber(ARGV[2]) and handle or false
`,
};
