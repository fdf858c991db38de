import { basename, dirname } from 'node:path/posix';
import { describe, expect, it } from '@jest/globals';
import { APART, brokenRule, LAYERS } from './layers.js';
import { importsOf, libFiles } from './source.js';

const FILES = libFiles();
/** The Lua scripts, one a file. */
const LARGE_FOLDERS = ['backends/redis/scripts'];
const MAX_FILES = 12;

const PATHS = new Set(FILES.map(({ path }) => path));

describe('the layout of lib', () => {
  it('lists every folder with files as a layer', () => {
    const found = new Set(FILES.map(({ path }) => path.split('/')[0]));
    expect([...found].filter((name) => !new Set<unknown>([...LAYERS, APART]).has(name))).toEqual(
      [],
    );
    expect(FILES.length).toBeGreaterThan(50);
    expect(FILES.flatMap(importsOf).length).toBeGreaterThan(200);
  });

  it(`has at most ${MAX_FILES} files in a folder, except the Lua scripts`, () => {
    const counts = new Map<string, number>();
    for (const { path } of FILES) {
      const folder = dirname(path);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const large = [...counts].filter(([, count]) => count > MAX_FILES).map(([folder]) => folder);
    expect(large).toEqual(LARGE_FOLDERS);
  });

  it('has no two names in a folder that differ by one letter', () => {
    const names = namesByFolder(FILES.map(({ path }) => path));
    const similar = [...names].flatMap(([folder, found]) =>
      [...found].flatMap((one) =>
        [...found]
          .filter((other) => one < other && differByOneLetter(one, other))
          .map((other) => `${folder}: ${one}, ${other}`),
      ),
    );
    expect(similar).toEqual([]);
  });

  it('imports only earlier layers, types included', () => {
    const broken = FILES.flatMap(importsOf).flatMap(({ file, specifier, target }) => {
      const rule = target && brokenRule(file.path, target);
      return rule ? [`lib/${file.path} imports '${specifier}': ${rule}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it('tests no object for being a part of one backend', () => {
    const broken = FILES.flatMap(({ path, text }) =>
      [...text.matchAll(/instanceof (\w+(?:Store|Log|Counter|Diagnostics|Backend))\b/g)].map(
        ([found]) => `lib/${path}: ${found}`,
      ),
    );
    expect(broken).toEqual([]);
  });

  it('imports existing files with the extension .js, as ES modules require', () => {
    const missing = FILES.flatMap(importsOf)
      .filter(
        ({ specifier, target }) => target && !(specifier.endsWith('.js') && PATHS.has(target)),
      )
      .map(({ file, specifier }) => `lib/${file.path} imports '${specifier}'`);
    expect(missing).toEqual([]);
  });
});

/** Names of the files and folders in each folder, without `.ts`. */
function namesByFolder(paths: readonly string[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const path of paths) {
    for (let inner = path; inner !== '.'; inner = dirname(inner)) {
      const folder = dirname(inner);
      if (!names.has(folder)) names.set(folder, new Set());
      names.get(folder)!.add(basename(inner, '.ts'));
    }
  }
  return names;
}

/** Whether one letter was changed, added or removed. */
function differByOneLetter(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let start = 0;
  while (start < short.length && short[start] === long[start]) start++;
  const rest = short.length === long.length ? start + 1 : start;
  return short.slice(rest) === long.slice(start + 1);
}

describe('differByOneLetter', () => {
  it.each([
    ['resolve-options', 'resolved-options', true],
    ['command', 'commands', true],
    ['move', 'more', true],
    ['command', 'command-io', false],
    ['reading', 'writing', false],
  ])('%s, %s: %s', (one, other, differ) => {
    expect(differByOneLetter(one, other)).toBe(differ);
    expect(differByOneLetter(other, one)).toBe(differ);
  });
});

describe('brokenRule', () => {
  it.each([
    ['jwt/a.ts', 'core/b.ts'],
    ['jwt/a.ts', 'jwt/b.ts'],
    ['backends/redis/a.ts', 'sessions/b.ts'],
    ['backends/redis/scripts/a.ts', 'backends/redis/b.ts'],
    ['session.module.ts', 'session-module-options.ts'],
    ['index.ts', 'session.module.ts'],
    ['testing/a.ts', 'backends/memory/b.ts'],
  ])('lets %s import %s', (file, target) => {
    expect(brokenRule(file, target)).toBeUndefined();
  });

  it.each([
    ['core/a.ts', 'jwt/b.ts', 'core comes before jwt and must not import it'],
    ['sessions/a.ts', 'backends/redis/b.ts', 'sessions comes before backends'],
    ['routes/a.ts', 'index.ts', 'routes comes before index.ts'],
    ['backends/memory/a.ts', 'backends/redis/b.ts', 'must not import each other'],
    ['backends/a.ts', 'backends/redis/b.ts', 'must not import each other'],
    ['index.ts', 'testing/fake-clock.ts', 'must not be imported: testing'],
    ['misc/a.ts', 'core/b.ts', 'misc is not a layer'],
    ['core/a.ts', 'misc/b.ts', 'misc is not a layer'],
    ['core/a.ts', '../test/b.ts', 'lib must not import files outside lib'],
  ])('does not let %s import %s', (file, target, rule) => {
    expect(brokenRule(file, target)).toContain(rule);
  });
});
