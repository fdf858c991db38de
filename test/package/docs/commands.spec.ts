import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from './documents.js';

const WORKFLOWS = '.github/workflows';
const FILES = [
  'CONTRIBUTING.md',
  '.ci/run',
  '.github/pull_request_template.md',
  ...readdirSync(new URL(WORKFLOWS, ROOT)).map((name) => `${WORKFLOWS}/${name}`),
];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function npmScriptsIn(path: string): string[] {
  const calls = read(path).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start))\b/g);
  return [...calls].map(([, script, short]) => script ?? short ?? '');
}

describe('npm scripts', () => {
  it.each(FILES)('exist if %s names them', (path) => {
    const names = npmScriptsIn(path);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('appear in CONTRIBUTING.md if they serve development', () => {
    const documented = new Set(npmScriptsIn('CONTRIBUTING.md'));
    const hooks = new Set(['build', 'prepack']);
    const missing = Object.keys(scripts).filter((name) => !documented.has(name));
    expect(missing.filter((name) => !hooks.has(name))).toEqual([]);
  });
});
