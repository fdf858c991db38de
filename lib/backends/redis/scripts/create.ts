import type { Script } from '../commands/script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Adds a record, unless its handle exists, and enforces the session limit of the user.
 *
 * KEYS 1 record, 2 index
 * ARGV 1 value, 2 handle, 3 now in epoch ms, 4 maximum number of sessions, 5 'evict-oldest' or 'reject', 6 prefix of
 * record keys
 * Returns the handles of the sessions evicted, or 0 if the limit rejected the record.
 */
export const CREATE: Script = {
  name: 'sessionKitCreate',
  numberOfKeys: 2,
  lua: lua`#!lua
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[3])
if redis.call('EXISTS', KEYS[1]) == 1 then return {} end

local live = {}
for _, handle in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local head = head_of(ARGV[6] .. handle)
  if head == '' then
    redis.call('ZREM', KEYS[2], handle)
  elseif expires_at(head) > now_ms then
    live[#live + 1] = { handle = handle, created = ${field('createdAtMs', 'head')} }
  end
end

local surplus = #live + 1 - tonumber(ARGV[4])
local ended = {}
if surplus > 0 then
  if ARGV[5] == 'reject' then return 0 end
  table.sort(live, function(a, b) return a.created < b.created end)
  for i = 1, surplus do
    local handle = live[i].handle
    redis.call('DEL', ARGV[6] .. handle)
    redis.call('ZREM', KEYS[2], handle)
    ended[i] = handle
  end
end

put(KEYS[1], KEYS[2], ARGV[2], ARGV[1], now_ms)
return ended
`,
};
