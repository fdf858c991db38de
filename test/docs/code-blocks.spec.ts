import { describe, expect, it } from '@jest/globals';
import { format, resolveConfig } from 'prettier';
import { compile, errorsIn } from './compile.js';
import { blocks, fileNameOf } from './documents.js';

const found = blocks('ts');
const sources = new Map(found.map((block) => [fileNameOf(block.code), block.code]));
const program = compile(sources);

describe('documentation: the blocks of TypeScript', () => {
  it('name a file each, by which they import each other', () => {
    expect(found.length).toBeGreaterThan(20);
    expect(sources.size).toBe(found.length);
  });

  it('compile as the files of one strict app', () => {
    expect(errorsIn(program, sources.keys())).toEqual([]);
  });

  it.each([...sources])('%s is formatted', async (name, source) => {
    const style = await resolveConfig(new URL(import.meta.url));
    expect(await format(source, { ...style, filepath: name })).toBe(source);
  });
});
