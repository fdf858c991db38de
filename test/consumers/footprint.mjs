import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a package adds to an app: the packages that only it needs, itself included, with their size on disk. */
export function footprintOf(folder, name) {
  const { packages } = JSON.parse(
    readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'),
  );
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const others = Object.keys(dependencies).filter((dependency) => dependency !== name);
  const anyway = reachable(packages, others);
  const added = [...reachable(packages, [name])].filter((path) => !anyway.has(path));
  return {
    added: added.map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)).toSorted(),
    addedBytes: added.reduce((sum, path) => sum + bytesIn(join(folder, path)), 0),
  };
}

/** Paths in node_modules of these packages and all they depend on, found as Node finds them: upwards. */
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

/** Without nested node_modules, which are packages of their own. */
function bytesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return sum + statSync(path).size;
    return entry.name === 'node_modules' ? sum : sum + bytesIn(path);
  }, 0);
}
