import { describe, expect, it } from '@jest/globals';
import { APART, brokenRule, LAYERS } from './layers.js';
import { importsOf, libFiles } from './source.js';

const FILES = libFiles();
const PATHS = new Set(FILES.map(({ path }) => path));

describe('the layout of lib', () => {
  it('is read as a whole: each layer that has files is among them', () => {
    const found = new Set(FILES.map(({ path }) => path.split('/')[0]));
    expect([...found].filter((name) => !new Set<unknown>([...LAYERS, APART]).has(name))).toEqual(
      [],
    );
    expect(FILES.length).toBeGreaterThan(50);
    expect(FILES.flatMap(importsOf).length).toBeGreaterThan(200);
  });

  it('imports leftward only, types included', () => {
    const broken = FILES.flatMap(importsOf).flatMap(({ file, specifier, target }) => {
      const rule = target && brokenRule(file.path, target);
      return rule ? [`lib/${file.path} imports '${specifier}': ${rule}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it('names files that exist, with .js, as ES modules have to', () => {
    const missing = FILES.flatMap(importsOf)
      .filter(
        ({ specifier, target }) => target && !(specifier.endsWith('.js') && PATHS.has(target)),
      )
      .map(({ file, specifier }) => `lib/${file.path} imports '${specifier}'`);
    expect(missing).toEqual([]);
  });
});

describe('brokenRule', () => {
  it.each([
    ['tokens/a.ts', 'core/b.ts'],
    ['tokens/a.ts', 'tokens/b.ts'],
    ['stores/redis/a.ts', 'sessions/b.ts'],
    ['stores/redis/scripts/a.ts', 'stores/redis/b.ts'],
    ['session.module.ts', 'session-module-options.ts'],
    ['index.ts', 'session.module.ts'],
    ['testing/a.ts', 'stores/memory/b.ts'],
  ])('lets %s import %s', (file, target) => {
    expect(brokenRule(file, target)).toBeUndefined();
  });

  it.each([
    ['core/a.ts', 'tokens/b.ts', 'core stands left of tokens and imports leftward only'],
    ['sessions/a.ts', 'stores/redis/b.ts', 'sessions stands left of stores'],
    ['routes/a.ts', 'index.ts', 'routes stands left of index.ts'],
    ['stores/memory/a.ts', 'stores/redis/b.ts', 'know nothing of each other'],
    ['stores/a.ts', 'stores/redis/b.ts', 'know nothing of each other'],
    ['index.ts', 'testing/fake-clock.ts', 'testing is imported by nothing'],
    ['misc/a.ts', 'core/b.ts', 'misc is no folder of the layout'],
    ['core/a.ts', 'misc/b.ts', 'misc is no folder of the layout'],
    ['core/a.ts', '../test/b.ts', 'lib imports nothing outside lib'],
  ])('does not let %s import %s', (file, target, rule) => {
    expect(brokenRule(file, target)).toContain(rule);
  });
});
