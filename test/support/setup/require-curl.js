import { spawnSync } from 'node:child_process';
import { aptInstall } from './apt-install.js';

/** Requires curl, which runs the commands of the README. */
export function requireCurl() {
  if (hasCurl()) return;
  aptInstall('curl');
  if (hasCurl()) return;
  throw new Error(
    'The tests run the curl commands of the README and curl is not on the PATH. Install curl 7.79 or later, for example: apt-get install curl, or brew install curl',
  );
}

function hasCurl() {
  return spawnSync('curl', ['--version']).status === 0;
}
