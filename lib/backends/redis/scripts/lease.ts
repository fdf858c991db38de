import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Acquires the lease, or renews it for its holder. allow-oom: cleanup is needed most at maxmemory.
 *
 * KEYS 1 lease
 * ARGV 1 holder, 2 time to live in ms
 * Returns 1, or 0 if another holder has it.
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
 * Records the time at which the work under the lease completed. allow-oom: so that a sweep at maxmemory counts as
 * completed.
 *
 * KEYS 1 time of completion
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
 * Releases the lease if the caller still holds it.
 *
 * KEYS 1 lease
 * ARGV 1 holder
 * Returns 1, or 0 if the caller does not hold it.
 */
export const RELEASE_LEASE: Script = {
  name: 'sessionKitGiveLease',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`,
};
