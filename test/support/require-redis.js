import { spawnSync } from 'node:child_process';
import { aptInstall } from './apt-install.js';

/** There must be a redis-server to start. */
export function requireRedis() {
  if (hasRedis()) return;
  aptInstall('redis-server');
  if (hasRedis()) return;
  throw new Error(
    'The tests start a real Redis of their own and redis-server is not on the PATH. Install Redis 7 or later, for example: apt-get install redis-server, or brew install redis',
  );
}

function hasRedis() {
  return spawnSync('redis-server', ['--version']).status === 0;
}
