import { mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { npmInstall, run } from './commands.mjs';

/**
 * A Node of each major: the current one, and others from the packages that the npm package `node`
 * installs, which are named after the platform.
 * @returns for each its version, and the PATH by which `node` is that one
 */
export async function nodesOf(majors, folder) {
  const running = Number(process.versions.node.split('.')[0]);
  const others = majors.filter((major) => major !== running);
  mkdirSync(folder);
  await npmInstall(
    folder,
    ...others.map((major) => `node${major}@npm:${platformPackage()}@${major}`),
  );
  return Promise.all(
    majors.map((major) =>
      describe(
        major === running ? process.execPath : join(folder, `node_modules/node${major}/bin/node`),
      ),
    ),
  );
}

async function describe(binary) {
  const { stdout } = await run({ step: 'node' }, binary, '--version');
  return { version: stdout.trim(), path: `${dirname(binary)}${delimiter}${process.env.PATH}` };
}

function platformPackage() {
  const name = `${process.platform}-${process.arch}`;
  return name === 'darwin-arm64' ? `node-bin-${name}` : `node-${name}`;
}
