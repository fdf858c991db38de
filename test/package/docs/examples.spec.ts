import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { blocks, fileNameOf, ROOT } from './documents.js';

const PAGE = 'docs/oauth-login.md';
const FOLDER = new URL('examples/', ROOT);
const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });

/** The blocks of the page that show a file of an example. */
const shown = blocks('ts').flatMap(({ path, code }) => {
  const file = files.find((name) => name.split('/').at(-1) === fileNameOf(code));
  return path === PAGE && file !== undefined ? [{ file, code }] : [];
});

describe('the documented examples', () => {
  it('are shown on the page', () => {
    expect(shown.length).toBe(7);
  });

  it.each(shown)('are the files that run: $file', ({ file, code }) => {
    const source = readFileSync(new URL(file, FOLDER), 'utf8');
    // The files of a page are in one folder.
    expect(code.slice(code.indexOf('\n') + 1)).toBe(source.replaceAll("'../", "'./"));
  });
});
