import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { HERE, ROOT } from './settings.mjs';

/**
 * Installs the peers, builds the package and makes its public name resolvable in the folder of the
 * peers.
 */
export function prepare() {
  // The peer dependencies of the peers (Nest, ioredis) are those of the repository, so that a
  // server has one Nest.
  run(HERE, 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  run(ROOT, 'npm', 'run', '--silent', 'build');
  // Not a `file:` dependency: npm would also install the dependencies of the package, including a
  // second Nest.
  symlinkSync('../../..', join(HERE, 'node_modules/nestjs-session-kit'), 'dir');
}

function run(cwd, command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} failed in ${cwd}`);
}
