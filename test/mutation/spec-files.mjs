import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './working-copy.mjs';

const FILES = readdirSync(join(ROOT, 'test'), { recursive: true })
  .filter((path) => path.endsWith('.spec.ts'))
  .map((path) => `test/${path}`);

/**
 * The paths of spec files, each named by the end of its path without the suffix, for example `hmac` or `contract/memory`.
 * @throws Error unless the name fits exactly one file
 */
export function specFiles(names) {
  return names.map((name) => {
    const found = FILES.filter((path) => path.endsWith(`/${name}.spec.ts`));
    if (found.length !== 1) throw new Error(`${found.length} spec files are named ${name}`);
    return found[0];
  });
}
