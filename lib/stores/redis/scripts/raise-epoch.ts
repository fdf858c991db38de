import type { Script } from '../script-runner.js';
import { lua } from './lua.js';

/**
 * Raises the epoch, and never lowers it. allow-oom: at maxmemory everyone can still be logged out.
 *
 * KEYS 1 epoch
 * ARGV 1 what it must be at least
 * Returns the epoch.
 */
export const RAISE_EPOCH: Script = {
  name: 'sessionKitRaiseEpoch',
  numberOfKeys: 1,
  lua: lua`#!lua flags=allow-oom
local epoch = tonumber(redis.call('GET', KEYS[1]) or '0')
local at_least = tonumber(ARGV[1])
if epoch >= at_least then return epoch end
redis.call('SET', KEYS[1], ARGV[1])
return at_least
`,
};
