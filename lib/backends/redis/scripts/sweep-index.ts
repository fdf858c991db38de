import type { Script } from '../commands/script-runner.js';
import { lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Removes ended sessions from one index: those whose record is gone, and those that have expired.
 *
 * KEYS 1 index
 * ARGV 1 prefix of record keys, 2 now in epoch ms
 * Returns the number of records removed, and the number of index entries removed whose record was gone.
 */
export const SWEEP_INDEX: Script = {
  name: 'sessionKitSweepIndex',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[2])
local removed = 0
local pruned = 0
for _, handle in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local key = ARGV[1] .. handle
  local head = head_of(key)
  if head == '' then
    pruned = pruned + redis.call('ZREM', KEYS[1], handle)
  elseif expires_at(head) <= now_ms then
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[1], handle)
    removed = removed + 1
  end
end
return { removed, pruned }
`,
};
