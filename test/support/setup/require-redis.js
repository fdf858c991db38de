import { spawnSync } from 'node:child_process';
import { aptInstall } from './apt-install.js';
import { REDIS_SERVER } from '../redis/redis-programs.js';

/** Requires a Redis server. */
export function requireRedis() {
  if (hasServer()) return;
  if (process.env['REDIS_SERVER']) {
    throw new Error(`REDIS_SERVER names ${REDIS_SERVER}, which cannot be run`);
  }
  aptInstall('redis-server');
  if (hasServer()) return;
  throw new Error(
    'The tests start real Redis servers and redis-server is not on the PATH. Install Redis 7 or later, for example: apt-get install redis-server, or brew install redis. To use another server: REDIS_SERVER=valkey-server npm test',
  );
}

function hasServer() {
  return spawnSync(REDIS_SERVER, ['--version']).status === 0;
}
