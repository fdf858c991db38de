import { describe, expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { compile, errorsIn } from './compile.js';
import { blocks, fileNameOf } from './documents.js';

const found = blocks('ts');
const sources = new Map(found.map((block) => [fileNameOf(block.code), block.code]));
const program = compile(sources);

describe('documented TypeScript blocks', () => {
  it('name one file each, which other blocks import', () => {
    expect(found.length).toBeGreaterThan(20);
    expect(sources.size).toBe(found.length);
  });

  it('compile as the files of one strict application', () => {
    expect(errorsIn(program, sources.keys())).toEqual([]);
  });

  it.each([...sources])('match the prettier format in %s', async (name, source) => {
    const style = await resolveConfig(new URL(import.meta.url));
    expect(await format(source, { ...style, filepath: name })).toBe(source);
  });
});
