import { describe, expect, it } from '@jest/globals';
import { CsrfService, SessionService, TokenService, TransientState } from 'nestjs-session-kit';
import * as kitExports from 'nestjs-session-kit';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { SECRET } from '../../support/test-app.js';
import { code, rows } from './documents.js';

describe('the documented table of cookies', () => {
  it('lists the default name of every cookie', () => {
    const { sessionName, accessName, refreshName, csrfName, stateName } = resolveOptions(
      { secret: SECRET },
      false,
    ).cookie;
    const documented = rows('cookie', 'transport', 'path', 'holds').map(([name]) => code(name));
    expect(documented).toEqual([
      sessionName,
      accessName,
      refreshName,
      csrfName,
      `${stateName}-<id>`,
    ]);
  });
});

describe('the documented table of guards and decorators', () => {
  it('lists every guard and decorator of the package, and no other name', () => {
    const documented = rows('name', 'what it does').map(([name]) => /\w+/.exec(code(name))?.[0]);
    const exported = Object.keys(kitExports).filter(
      (name) => name.endsWith('Guard') || DECORATORS.has(name),
    );
    expect(documented.toSorted()).toEqual(exported.toSorted());
  });
});

describe('the documented tables of methods', () => {
  it.each<[name: string, service: { readonly prototype: object }, internal: string[]]>([
    ['SessionService', SessionService, ['sessionOf', 'readLive']],
    ['TokenService', TokenService, []],
    ['CsrfService', CsrfService, ['verifySession']],
    ['TransientState', TransientState, []],
  ])('list every public method of %s', (_name, service, internal) => {
    const documented = rows('method', 'returns').map(([call]) => /\w+/.exec(code(call))?.[0]);
    const methods = methodsOf(service.prototype).filter((name) => !internal.includes(name));
    expect(documented).toEqual(expect.arrayContaining(methods));
  });

  it('list no other method', () => {
    const names = rows('method', 'returns').map(([call]) => /\w+/.exec(code(call))?.[0] ?? '');
    const services = [SessionService, TokenService, CsrfService, TransientState];
    const unknown = names.filter((name) => services.every(({ prototype }) => !(name in prototype)));
    expect(unknown).toEqual([]);
  });
});

/** Of the class and those that it extends. */
function methodsOf(prototype: object): string[] {
  const parent: unknown = Object.getPrototypeOf(prototype);
  const own = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return parent === Object.prototype || parent === null
    ? own
    : [...own, ...methodsOf(parent as object)];
}

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
