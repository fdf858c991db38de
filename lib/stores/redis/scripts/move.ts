import type { Script } from '../script-runner.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Ends a record and adds another of the same user in its place, when the old one lives and has the expected version.
 *
 * KEYS 1 old record, 2 new record, 3 index
 * ARGV 1 new value, 2 new handle, 3 now in epoch ms, 4 expected version as in the head, 5 old handle
 * Returns 1, or 0 when the old record is gone or has another version.
 */
export const MOVE: Script = {
  name: 'sessionKitMove',
  numberOfKeys: 3,
  lua: lua`#!lua
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[3])
local head = head_of(KEYS[1])
if head == '' or ${field('version', 'head')} ~= ARGV[4] or expires_at(head) <= now_ms then return 0 end

redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[5])
put(KEYS[2], KEYS[3], ARGV[2], ARGV[1], now_ms)
return 1
`,
};
