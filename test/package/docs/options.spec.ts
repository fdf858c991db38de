import { describe, expect, it } from '@jest/globals';
import { OPTION_RULES } from '../../../lib/options/option-rules.js';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import { SECRET } from '../../support/test-app.js';
import { currentPage, PAGE } from '../../../scripts/options-table.js';
import { code, documents, rows } from './documents.js';

describe('the documented options table', () => {
  const table = rows('option', 'type', 'default', 'description');

  it('equals the output of npm run docs:options', () => {
    expect(documents.get(PAGE)).toBe(currentPage());
  });

  it('lists every option and no other', () => {
    expect(table.map(([name]) => code(name)).toSorted()).toEqual(optionPaths().toSorted());
  });

  it('states the default of every option that has one', () => {
    const documented = table.map(([name, , value]) => [
      code(name),
      code(value).replaceAll("'", ''),
    ]);
    const wrong = documented.filter(([path = '', value]) => {
      const real = defaultOf(path);
      return real !== undefined && real !== value;
    });
    expect(wrong).toEqual([]);
  });
});

/** Returns the dotted names of all options; a group contributes its members. */
function optionPaths(): string[] {
  return [...pathsBelow(''), 'isGlobal', 'globalGuards', 'routes.path'];
}

function pathsBelow(group: string): string[] {
  return OPTION_RULES[group]!.names.flatMap((name) => {
    const path = group === '' ? name : `${group}.${name}`;
    return OPTION_RULES[path] ? pathsBelow(path) : [path];
  });
}

function defaultOf(path: string): string | undefined {
  // Depends on another option, which the table describes in words, or is empty.
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
