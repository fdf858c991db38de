import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { INestApplication, Type } from '@nestjs/common';
import { format, resolveConfig } from 'prettier';
import {
  CsrfService,
  SessionError,
  type SessionErrorCode,
  SessionModule,
  SessionService,
  TokenService,
} from 'nestjs-session-kit';
import * as kitExports from 'nestjs-session-kit';
import * as rules from '../../lib/options/option-rules.js';
import { resolveOptions } from '../../lib/options/resolve-options.js';
import { SECRET } from '../support/test-app.js';
import { compile, errorsIn, literalsOf } from './compile.js';
import { blocks, code, rows, text } from './readme.js';

const sources = new Map(blocks('ts').map((block) => [fileNameOf(block.code), block.code]));
const program = compile(sources);

/** What an engineer reads first must not drift from the code, so both are compared here. */
describe('README.md: the blocks of TypeScript', () => {
  it('name a file each, by which they import each other', () => {
    expect(sources.size).toBe(blocks('ts').length);
  });

  it('compile as the files of one strict app', () => {
    expect(errorsIn(program, sources.keys())).toEqual([]);
  });

  it.each([...sources])('%s is formatted', async (name, source) => {
    const style = await resolveConfig(new URL(import.meta.url));
    expect(await format(source, { ...style, filepath: name })).toBe(source);
  });
});

describe('README.md: the errors table', () => {
  it('has each code with its status and message', () => {
    const documented = rows('code', 'status', 'message').map(([name, status, message]) => [
      code(name),
      Number(status),
      message,
    ]);
    const codes = literalsOf(program, 'lib/core/session-error.ts', 'SessionErrorCode');
    const real = codes.map((name) => {
      const error = new SessionError(name as SessionErrorCode);
      return [name, error.getStatus(), error.message];
    });
    expect(documented.toSorted()).toEqual(real.toSorted());
  });
});

describe('README.md: the options table', () => {
  const table = rows('option', 'type', 'default');

  it('has every option and no other', () => {
    expect(table.map(([name]) => code(name)).toSorted()).toEqual(optionPaths().toSorted());
  });

  it('has the default of every option that has one', () => {
    const documented = table.map(([name, , value]) => [code(name), code(value)]);
    const wrong = documented.filter(([path = '', value]) => {
      const real = defaultOf(path);
      return real !== undefined && real !== value;
    });
    expect(wrong).toEqual([]);
  });
});

describe('README.md: the table of cookies', () => {
  it('has the default name of every cookie', () => {
    const { sessionName, accessName, refreshName, csrfName } = resolveOptions(
      { secret: SECRET },
      false,
    ).cookie;
    const documented = rows('cookie', 'transport', 'path', 'holds').map(([name]) => code(name));
    expect(documented).toEqual([sessionName, accessName, refreshName, csrfName]);
  });
});

describe('README.md: the table of guards and decorators', () => {
  it('has every guard and decorator of the package, and no other name', () => {
    const documented = rows('name', 'what it does').map(([name]) => /\w+/.exec(code(name))?.[0]);
    const exported = Object.keys(kitExports).filter(
      (name) => name.endsWith('Guard') || DECORATORS.has(name),
    );
    expect(documented.toSorted()).toEqual(exported.toSorted());
  });
});

describe('README.md: the pictures', () => {
  it('are there', () => {
    const paths = [...text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(paths).toHaveLength(2);
    const missing = paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)));
    expect(missing).toEqual([]);
  });
});

describe('README.md: the tables of methods', () => {
  it.each([
    ['SessionService', SessionService, ['sessionOf', 'refreshCookies']],
    ['TokenService', TokenService, ['examine', 'recordOf', 'rotate']],
    ['CsrfService', CsrfService, ['verifySession']],
  ])('have every public method of %s', (_name, service, internal) => {
    const documented = rows('method', 'returns').map(([call]) => /\w+/.exec(code(call))?.[0]);
    const methods = Object.getOwnPropertyNames(service.prototype).filter(
      (name) => name !== 'constructor' && !internal.includes(name),
    );
    expect(documented).toEqual(expect.arrayContaining(methods));
  });

  it('have no other method', () => {
    const names = rows('method', 'returns').map(([call]) => /\w+/.exec(code(call))?.[0] ?? '');
    const services = [SessionService, TokenService, CsrfService];
    const unknown = names.filter((name) => services.every(({ prototype }) => !(name in prototype)));
    expect(unknown).toEqual([]);
  });
});

describe('README.md: the routes', () => {
  let kit: INestApplication;
  let sample: INestApplication;
  beforeAll(async () => {
    kit = await started(SessionModule.forRoot({ secret: SECRET, routes: {} }));
    // By a computed path, so that the compiler does not add the types of the sample to those of the tests.
    const path = '../../sample/app.module.js';
    const { AppModule } = (await import(path)) as { AppModule: Type };
    sample = await started(AppModule);
  });
  afterAll(async () => {
    await kit.close();
    await sample.close();
  });

  it('of the table are the ones that are mounted', () => {
    // A route that answers in two ways has a second row without its name.
    const documented = rows('route', 'request', 'answer').flatMap(([route]) => code(route) || []);
    expect(documented.toSorted()).toEqual(routesOf(kit).toSorted());
  });

  it('of the curl lines are all of the sample, and each of its own is tried', () => {
    const tried = blocks('sh').flatMap((block) => curlRoutes(block.code));
    const mounted = routesOf(sample);
    expect(mounted).toEqual(expect.arrayContaining(tried));
    const own = mounted.filter(
      (route) => !routesOf(kit).includes(route) && !OF_THE_PAGE.has(route),
    );
    expect(tried).toEqual(expect.arrayContaining(own));
  });
});

const DECORATORS = new Set([
  'CurrentSession',
  'CurrentUser',
  'Exchange',
  'Public',
  'RateLimit',
  'Roles',
  'SkipCsrf',
  'SkipRateLimit',
  'VerifyWithStore',
]);

/** What a browser fetches when it opens the page. */
const OF_THE_PAGE = new Set(['GET /', 'GET /style.css', 'GET /app.js']);

function fileNameOf(source: string): string {
  return /^\/\/ ([\w.-]+\.ts)\n/.exec(source)?.[1] ?? 'a block without a file name';
}

/** The rules of each group of options by where it stands. */
const GROUPS: Record<string, new () => object> = {
  tokens: rules.TokenRules,
  session: rules.SessionRules,
  'session.persistent': rules.PersistentRules,
  cookie: rules.CookieRules,
  logout: rules.LogoutRules,
  csrf: rules.CsrfRules,
  rateLimit: rules.RateLimitRules,
  revocation: rules.RevocationRules,
  memory: rules.MemoryRules,
  cleanup: rules.CleanupRules,
  redis: rules.RedisRules,
};

/** Names as they are written in code, dotted; of a group its members. */
function optionPaths(): string[] {
  return [...pathsBelow('', rules.RootRules), 'isGlobal', 'globalGuards', 'routes.path'];
}

function pathsBelow(prefix: string, group: new () => object): string[] {
  return Object.keys(new group()).flatMap((name) => {
    const path = `${prefix}${name}`;
    return GROUPS[path] ? pathsBelow(`${path}.`, GROUPS[path]) : [path];
  });
}

function defaultOf(path: string): string | undefined {
  // Follows another option or where the routes are, or is empty, which the table says in words.
  if (['tokens.audience', 'csrf.trustedOrigins'].includes(path)) return undefined;
  let value: unknown = resolveOptions({ secret: SECRET }, false);
  const names = (path === 'cookie.name' ? 'cookie.sessionName' : path).split('.');
  for (const name of names) {
    const group = value as Record<string, unknown> | undefined;
    const milliseconds = group?.[name.replace(/Seconds$/, 'Ms')];
    value = group?.[name] ?? (milliseconds === undefined ? undefined : Number(milliseconds) / 1000);
  }
  return value === undefined ? undefined : String(value);
}

async function started(
  module: Parameters<typeof NestFactory.create>[0],
): Promise<INestApplication> {
  const app = await NestFactory.create(module, { logger: false });
  return app.init();
}

/** `METHOD /path` of everything Express has mounted. */
function routesOf(app: INestApplication): string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
  }
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`)
      : [],
  );
}

/** curl sends GET, with a body POST, and what `-X` says before all. */
function curlRoutes(shell: string): string[] {
  const lines = shell.split('\n').filter((line) => line.includes('curl '));
  return lines.map((line) => {
    const path = /http:\/\/127\.0\.0\.1:3000(\/[^\s]*)/.exec(line)?.[1];
    const method = / -X (\w+)/.exec(line)?.[1] ?? (line.includes(' -d ') ? 'POST' : 'GET');
    return `${method} ${path}`;
  });
}
