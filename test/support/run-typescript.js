import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transformFile } from '@swc/core';
import config from '../jest.config.js';

/**
 * For `node --import`: a process of its own runs the sources as the tests do, by the settings of jest. Node asks the
 * functions below in a thread of theirs, which loads this file again.
 */
if (isMainThread) register(import.meta.url);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const [, swcOptions] = config.transform['\\.ts$'];
const RENAMED = Object.entries(config.moduleNameMapper).map(([pattern, target]) => [
  new RegExp(pattern),
  target.replace('<rootDir>/', ROOT),
]);

export function resolve(specifier, context, next) {
  const [pattern, target] = RENAMED.find(([regexp]) => regexp.test(specifier)) ?? [];
  if (!pattern || !context.parentURL?.endsWith('.ts')) return next(specifier, context);
  const path = specifier.replace(pattern, target);
  return next(path.endsWith('.ts') ? path : `${path}.ts`, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transformFile(fileURLToPath(url), { ...swcOptions, swcrc: false });
  return { format: 'module', source: code, shortCircuit: true };
}
