import type { Script } from '../commands/script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Replaces a record by another one of the same user under a new handle, if the old one is live and has the expected
 * version. Adds a forwarding entry for a limited time.
 *
 * KEYS 1 old record, 2 new record, 3 index, 4 forward key of the old handle
 * ARGV 1 new value, 2 new handle, 3 now in epoch ms, 4 expected version as in the head, 5 old handle, 6 maximum
 * lifetime of the forwarding entry in ms
 * Returns 1, or 0 if the old record is gone or has another version.
 */
export const MOVE: Script = {
  name: 'sessionKitMove',
  numberOfKeys: 4,
  lua: lua`#!lua
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[3])
local head = head_of(KEYS[1])
if head == '' or ${field('version', 'head')} ~= ARGV[4] or expires_at(head) <= now_ms then return 0 end

-- Adds before it removes: a concurrent SCAN must not miss an index that is empty in between.
put(KEYS[2], KEYS[3], ARGV[2], ARGV[1], now_ms)
redis.call('ZREM', KEYS[3], ARGV[5])
redis.call('DEL', KEYS[1])

local value = ARGV[1]
local left_ms = tonumber(${field('absoluteExpiresAtMs', 'value')}) - now_ms
redis.call('SET', KEYS[4], ARGV[2], 'PX', math.max(1, math.min(tonumber(ARGV[6]), left_ms)))
return 1
`,
};
