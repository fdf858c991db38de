import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Adds revocations to the stream and drops those older than the window. It trims by the time of Redis, never by length:
 * a flood of revocations must not displace any. The stream itself records how far it was trimmed, so that a starting
 * node knows from which time on it is complete. allow-oom: at maxmemory users must still be able to log out.
 *
 * KEYS 1 stream
 * ARGV 1 time for which a revocation is kept in ms, or '' to drop none; then the type and value of each revocation
 * Returns the number of entries dropped.
 */
export const PUBLISH: Script = {
  name: 'sessionKitPublish',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
for i = 2, #ARGV, 2 do redis.call('XADD', KEYS[1], '*', ARGV[i], ARGV[i + 1]) end
if ARGV[1] == '' then return 0 end

local now = redis.call('TIME')
local oldest_ms = now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[1]
local dropped = redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', oldest_ms))
if dropped == 0 then return 0 end

-- XTRIM does not record the last id that it dropped, so this does, in the field that XDEL sets. The second half of the id is
-- the number of entries dropped until now: a reader compares it, and notices entries dropped in any other way.
local info = redis.call('XINFO', 'STREAM', KEYS[1])
local state = {}
for i = 1, #info, 2 do state[info[i]] = info[i + 1] end
local last_id = state['last-generated-id']
local floor = string.format('%.0f-%.0f', oldest_ms - 1, state['entries-added'] - state['length'])
if tonumber(string.match(last_id, '%d+')) < oldest_ms then floor = last_id end
redis.call('XSETID', KEYS[1], last_id, 'ENTRIESADDED', state['entries-added'], 'MAXDELETEDID', floor)
return dropped
`,
};
