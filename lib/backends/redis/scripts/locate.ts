import type { Script } from '../commands/script-runner.js';
import { FORWARD_FUNCTION, lua } from './lua.js';

/**
 * Finds the record of a session by its current or a previous handle.
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
