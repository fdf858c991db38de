import type { Script } from '../commands/script-runner.js';
import { FORWARD_FUNCTION, lua } from './lua.js';

/**
 * The record of a session by a handle that it has or had.
 *
 * KEYS 1 forward key of the handle
 * ARGV 1 handle, 2 prefix of forward keys, 3 prefix of record keys
 * Returns the value, or nil.
 */
export const LOCATE: Script = {
  name: 'sessionKitLocate',
  numberOfKeys: 1,
  lua: lua`#!lua flags=no-writes
${FORWARD_FUNCTION}
return redis.call('GET', ARGV[3] .. current_handle(ARGV[2], ARGV[1]))
`,
};
