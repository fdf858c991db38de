import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** The checkout. */
export const ROOT = join(import.meta.dirname, '../..');

const LEFT_OUT = new Set(['.git', 'coverage', 'dist', 'node_modules']);

/** A copy of the checkout, so that a run leaves the checkout unchanged. It is removed when the process exits. */
export function copyCheckout() {
  const place = mkdtempSync(join(tmpdir(), 'session-kit-mutation-'));
  process.on('exit', () => rmSync(place, { recursive: true, force: true, maxRetries: 5 }));
  const root = join(place, 'checkout');
  cpSync(ROOT, root, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  return { place, root, apply: (mutant) => apply(mutant, join(root, mutant.file)) };
}

/** @returns a function that restores the file */
function apply(mutant, path) {
  const source = readFileSync(path, 'utf8');
  writeFileSync(path, mutated(mutant, source));
  return () => writeFileSync(path, source);
}

/** @throws Error unless the code to replace occurs exactly once: the mutant is older than the code */
export function mutated({ file, from, to }, source) {
  const count = source.split(from).length - 1;
  if (count !== 1) throw new Error(`${file} contains the code ${count} times`);
  return source.replace(from, () => to);
}
