import type { Script } from '../commands/script-runner.js';
import { lua } from './lua.js';

/**
 * Raises the epoch, never lowers it, and publishes it in the same script. allow-oom: at maxmemory all users can still
 * be logged out.
 *
 * KEYS 1 epoch, 2 stream
 * ARGV 1 minimum epoch
 * Returns the epoch.
 */
export const RAISE_EPOCH: Script = {
  name: 'sessionKitRaiseEpoch',
  numberOfKeys: 2,
  lua: lua`#!lua flags=allow-oom
local epoch = tonumber(redis.call('GET', KEYS[1]) or '0')
local at_least = tonumber(ARGV[1])
if epoch >= at_least then return epoch end
-- First what can fail: Redis takes nothing back.
redis.call('XADD', KEYS[2], '*', 'everyone', ARGV[1])
redis.call('SET', KEYS[1], ARGV[1])
return at_least
`,
};
