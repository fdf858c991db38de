import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Takes a lease or prolongs one's own. allow-oom: at maxmemory there is most to clean up.
 *
 * KEYS 1 lease
 * ARGV 1 holder, 2 time to live in ms
 * Returns 1, or 0 when another holds it.
 */
export const ACQUIRE_LEASE: Script = {
  name: 'sessionKitTakeLease',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`,
};

/**
 * Notes when what the lease was for was done. allow-oom: so that a sweep at maxmemory is one that went through.
 *
 * KEYS 1 note
 * ARGV 1 now in epoch ms, 2 time to live in ms
 */
export const RECORD_COMPLETION: Script = {
  name: 'sessionKitNoteDone',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
`,
};

/**
 * Gives a lease back, if it is still one's own.
 *
 * KEYS 1 lease
 * ARGV 1 holder
 * Returns 1, or 0 when another holds it or nobody does.
 */
export const RELEASE_LEASE: Script = {
  name: 'sessionKitGiveLease',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};
