import type { Script } from '../script-runner.js';
import { lua } from './lua.js';

/**
 * Adds revocations to the stream and drops those that are too old to matter. By the time of Redis, never by length: under
 * a flood of revocations none may be lost. allow-oom: at maxmemory everybody must still be able to log out.
 *
 * KEYS 1 stream
 * ARGV 1 how long a revocation is kept in ms, or '' to drop none; then for each revocation its type and its value
 * Returns how many were dropped.
 */
export const ANNOUNCE: Script = {
  name: 'sessionKitAnnounce',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
for i = 2, #ARGV, 2 do redis.call('XADD', KEYS[1], '*', ARGV[i], ARGV[i + 1]) end
if ARGV[1] == '' then return 0 end
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', now_ms - ARGV[1]))
`,
};
