import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Runs once before all tests: there must be a redis-server to start. */
export default function requireRedis() {
  if (hasRedis()) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log('\nredis-server is not installed; installing it with apt-get');
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], {
      stdio: 'inherit',
      env,
    });
    if (hasRedis()) return;
  }
  throw new Error(
    'The tests start a real Redis of their own and redis-server is not on the PATH. Install Redis 7 or later, for example: apt-get install redis-server, or brew install redis',
  );
}

function hasRedis() {
  return spawnSync('redis-server', ['--version']).status === 0;
}
