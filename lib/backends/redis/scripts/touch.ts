import type { Script } from '../commands/script-runner.js';
import { HEAD } from '../codec/record-codec.js';
import { field, lua, RECORD_FUNCTIONS } from './lua.js';

/**
 * Raises lastSeenAtMs in place, renews the time to live, and adds the handle to the index if it is missing.
 *
 * KEYS 1 record
 * ARGV 1 lastSeenAtMs as in the head, 2 handle, 3 now in epoch ms, 4 prefix of index keys
 * Returns 1, or 0 when the record is gone.
 */
export const TOUCH: Script = {
  name: 'sessionKitTouch',
  numberOfKeys: 1,
  lua: lua`#!lua
${RECORD_FUNCTIONS}
local now_ms = tonumber(ARGV[3])
local head = head_of(KEYS[1])
if head == '' or expires_at(head) <= now_ms then return 0 end

if ARGV[1] > ${field('lastSeenAtMs', 'head')} then
  redis.call('SETRANGE', KEYS[1], ${HEAD.lastSeenAtMs[0]}, ARGV[1])
  head = with_last_seen(head, ARGV[1])
end
local expires_at_ms = expires_at(head)
local ttl_ms = math.max(1, expires_at_ms - now_ms)
redis.call('PEXPIRE', KEYS[1], ttl_ms)
put_index(ARGV[4] .. ${field('user', 'head')}, ARGV[2], expires_at_ms, ttl_ms)
return 1
`,
};
