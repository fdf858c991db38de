import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from './language-patterns.js';
import { ROOT } from './source.js';

/** Files and folders whose language is checked. */
const ROOTS = [
  '.github',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'SECURITY.md',
  'docs',
  'examples',
  'lib',
  'sample',
  'scripts',
  'test',
];
/** Except the patterns themselves, with their examples, installed packages and the API reference. */
const TEXT_FILE =
  /^(?!api\/|.*\bnode_modules\/).*(?<!language-patterns)\.(css|html|js|md|mjs|ts|yml)$/;

const FILES = ROOTS.flatMap(textFilesOf);

function textFilesOf(path: string): string[] {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  const names = readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => TEXT_FILE.test(name)).map((name) => join(path, name));
}

/** `file:line: line` for each line that the pattern finds. Code in the text of Markdown is not read. */
function hitsOf(pattern: RegExp): string[] {
  return FILES.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const lines = (path.endsWith('.md') ? text.replaceAll(/`[^`\n]+`/g, '``') : text).split('\n');
    return lines.flatMap((line, i) =>
      pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [],
    );
  });
}

describe('the language', () => {
  it('is checked in every root', () => {
    expect(ROOTS.filter((root) => textFilesOf(root).length === 0)).toEqual([]);
  });

  it.each(PATTERNS)('has "$right" instead of "$wrong"', ({ pattern }) => {
    expect(hitsOf(pattern)).toEqual([]);
  });

  it.each(PATTERNS)('finds "$wrong", not "$right"', ({ pattern, wrong, right }) => {
    expect({ wrong: pattern.test(wrong), right: pattern.test(right) }).toEqual({
      wrong: true,
      right: false,
    });
  });
});
