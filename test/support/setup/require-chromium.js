import { existsSync } from 'node:fs';
import { aptInstall } from './apt-install.js';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Requires a Chromium; stores its path in `CHROMIUM_PATH`, which the test processes inherit. */
export function requireChromium() {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined) {
    if (existsSync(named)) return;
    throw new Error(`CHROMIUM_PATH names ${named}, which does not exist`);
  }
  if (!foundPath()) aptInstall('chromium');
  const path = foundPath();
  if (!path) {
    throw new Error(
      'The tests drive a real Chromium and none was found. Install one, for example: apt-get install chromium, or set its path: CHROMIUM_PATH=/path/to/chrome npm test',
    );
  }
  process.env['CHROMIUM_PATH'] = path;
}

function foundPath() {
  return PLACES.find((path) => existsSync(path));
}
