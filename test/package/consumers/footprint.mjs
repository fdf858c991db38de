import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages of a Nest application without this one: not counted, although it depends on some of
 * them.
 */
const BARE_APP = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  'reflect-metadata',
  'rxjs',
];

/**
 * The packages that one package adds to a Nest application: itself and its exclusive dependencies,
 * with their size on disk.
 */
export function footprintOf(folder, name) {
  const lock = readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8');
  const { packages } = JSON.parse(lock);
  const anyway = reachable(packages, BARE_APP);
  const added = [...reachable(packages, [name])].filter((path) => !anyway.has(path));
  return {
    packages: added.map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)).toSorted(),
    bytes: added.reduce((sum, path) => sum + bytesIn(join(folder, path)), 0),
  };
}

/**
 * Paths in node_modules of these packages and all their dependencies, resolved like Node: upwards.
 */
function reachable(packages, names) {
  const found = new Set();
  const visit = (name, from) => {
    const path = resolveFrom(packages, name, from);
    if (!path || found.has(path)) return;
    found.add(path);
    const { dependencies, peerDependencies, peerDependenciesMeta = {} } = packages[path];
    for (const next of Object.keys({ ...dependencies, ...peerDependencies }))
      if (!peerDependenciesMeta[next]?.optional) visit(next, path);
  };
  for (const name of names) visit(name, '');
  return found;
}

function resolveFrom(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (!folder.includes('/node_modules/')) {
      const top = `node_modules/${name}`;
      return packages[top] && top;
    }
  }
}

/** Without nested node_modules, which are separate packages. */
function bytesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return sum + statSync(path).size;
    return entry.name === 'node_modules' ? sum : sum + bytesIn(path);
  }, 0);
}
