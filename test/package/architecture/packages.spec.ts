import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { importsOf, libFiles, placeOf, ROOT, visit } from './source.js';

/** The only place that imports each package, so that it can be replaced there. */
const PLACES: Record<string, readonly string[]> = {
  '@nestjs/jwt': ['jwt/'],
  '@nestjs/passport': ['passport/'],
  passport: ['passport/'],
  'passport-jwt': ['passport/'],
  ioredis: ['backends/redis/'],
  'lru-cache': ['jwt/', 'rate-limit/'],
  cookie: ['http/cookies/'],
  'ipaddr.js': ['rate-limit/'],
  'class-validator': ['options/', 'routes/'],
  '@nestjs/schedule': ['cleanup/'],
  cron: ['cleanup/'],
  commander: ['cli/'],
  rxjs: ['session-chain.guard.ts'],
};

/** The one way to the adapter's request and response: code that knows Express from Fastify. */
const ADAPTER_ACCESS = { name: 'switchToHttp', place: 'http/' };

const FILES = libFiles();
const PACKAGE_IMPORTS = FILES.flatMap(importsOf)
  .filter(({ specifier, target }) => target === undefined && !isBuiltin(specifier))
  .map(({ file, specifier }) => ({ path: file.path, specifier, name: packageOf(specifier) }));

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}
const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

/** `@scope/name` or `name`, without the path inside the package. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe('third-party packages', () => {
  it('have one folder each', () => {
    const misplaced = PACKAGE_IMPORTS.filter(
      ({ name, path }) => !(PLACES[name] ?? ['']).some((place) => path.startsWith(place)),
    ).map(({ name, path }) => `lib/${path} imports ${name}, whose place is ${PLACES[name]}`);
    expect(misplaced).toEqual([]);
  });

  it('are all listed here, except Nest itself, which every folder may import', () => {
    const known = new Set([...Object.keys(PLACES), '@nestjs/common', '@nestjs/core']);
    const unknown = PACKAGE_IMPORTS.filter(({ name }) => !known.has(name));
    expect(unknown.map(({ path, name }) => `lib/${path} imports ${name}`)).toEqual([]);
  });

  it('are dependencies or peer dependencies of the package', () => {
    const installed = { ...MANIFEST.dependencies, ...MANIFEST.peerDependencies };
    const missing = PACKAGE_IMPORTS.filter(({ name }) => !Object.hasOwn(installed, name));
    expect(missing.map(({ path, name }) => `lib/${path} imports ${name}`)).toEqual([]);
  });

  it('are imported by their main entry point, never by an internal file', () => {
    const inner = PACKAGE_IMPORTS.filter(({ specifier, name }) => specifier !== name);
    expect(inner.map(({ path, specifier }) => `lib/${path} imports ${specifier}`)).toEqual([]);
  });

  it(`keep ${ADAPTER_ACCESS.name} in ${ADAPTER_ACCESS.place}`, () => {
    const uses: string[] = [];
    for (const file of FILES) {
      visit(file.ast, (node) => {
        if (ts.isIdentifier(node) && node.text === ADAPTER_ACCESS.name)
          uses.push(placeOf(file, node));
      });
    }
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((use) => !use.startsWith(ADAPTER_ACCESS.place))).toEqual([]);
  });
});

describe('built-in modules', () => {
  it('are imported with the prefix node:', () => {
    const bare = FILES.flatMap(importsOf)
      .filter(({ specifier }) => isBuiltin(specifier) && !specifier.startsWith('node:'))
      .map(({ file, specifier }) => `lib/${file.path} imports ${specifier}`);
    expect(bare).toEqual([]);
  });
});
