import { spawnSync } from 'node:child_process';
import { aptInstall } from './apt-install.js';
import { REDIS_SERVER } from './redis-programs.js';

/** There must be a server to start. */
export function requireRedis() {
  if (hasServer()) return;
  if (process.env['REDIS_SERVER']) {
    throw new Error(`REDIS_SERVER names ${REDIS_SERVER}, which cannot be run`);
  }
  aptInstall('redis-server');
  if (hasServer()) return;
  throw new Error(
    'The tests start a real Redis of their own and redis-server is not on the PATH. Install Redis 7 or later, for example: apt-get install redis-server, or brew install redis. For another server, name it: REDIS_SERVER=valkey-server npm test',
  );
}

function hasServer() {
  return spawnSync(REDIS_SERVER, ['--version']).status === 0;
}
