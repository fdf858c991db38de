import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { HERE, ROOT } from './settings.mjs';

/** Installs the peers, builds the kit and lets the peers' folder find it by its public name. */
export function prepare() {
  // The peers of the peers (Nest, ioredis) are those of the repository, so that there is one Nest in a server.
  run(HERE, 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  run(ROOT, 'npm', 'run', '--silent', 'build');
  // Not a `file:` dependency: npm would also install what the kit depends on, a second Nest among it.
  symlinkSync('../../..', join(HERE, 'node_modules/nestjs-session-kit'), 'dir');
}

function run(cwd, command, ...args) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} failed in ${cwd}`);
}
