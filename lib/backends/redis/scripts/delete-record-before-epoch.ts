import type { Script } from '../commands/script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Ends a session that was opened in an earlier epoch. allow-oom: at maxmemory all users can still be logged out.
 *
 * KEYS 1 record
 * ARGV 1 handle, 2 now in epoch ms, 3 prefix of index keys, 4 epoch as in the head
 * Returns 1 if a live session ended, else 0.
 */
export const DELETE_RECORD_BEFORE_EPOCH: Script = {
  name: 'sessionKitDeleteBefore',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
${RECORD_FUNCTIONS}
local head = head_of(KEYS[1])
if head == '' or ${field('epoch', 'head')} >= ARGV[4] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[3] .. ${field('user', 'head')}, ARGV[1])
return expires_at(head) > tonumber(ARGV[2]) and 1 or 0
`,
};
