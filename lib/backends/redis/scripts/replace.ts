import type { Script } from '../commands/script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Writes a record if the stored one is live and has the expected version; keeps the later lastSeenAtMs.
 *
 * KEYS 1 record, 2 index
 * ARGV 1 value, 2 handle, 3 now in epoch ms, 4 expected version as in the head
 * Returns 1, or 0 when the record is gone or has another version.
 */
export const REPLACE: Script = {
  name: 'sessionKitReplace',
  numberOfKeys: 2,
  lua: lua`#!lua
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[3])
local head = head_of(KEYS[1])
if head == '' or ${field('version', 'head')} ~= ARGV[4] or expires_at(head) <= now_ms then return 0 end

local value = ARGV[1]
local last_seen = ${field('lastSeenAtMs', 'head')}
if last_seen > ${field('lastSeenAtMs', 'value')} then value = with_last_seen(value, last_seen) end
put(KEYS[1], KEYS[2], ARGV[2], value, now_ms)
return 1
`,
};
