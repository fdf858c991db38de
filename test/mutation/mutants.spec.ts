import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';
import { MUTANTS } from './mutants.mjs';
import { outcomeOf } from './outcome.mjs';
import { specFiles } from './spec-files.mjs';
import { mutated, ROOT } from './working-copy.mjs';

const MIN_MUTANTS = 90;

/** Why the mutant cannot be run: it is older than the code, has no spec file, or does not compile. */
function problemOf(mutant: (typeof MUTANTS)[number]): string | undefined {
  try {
    const code = mutated(mutant, readFileSync(join(ROOT, mutant.file), 'utf8'));
    specFiles(mutant.specs);
    if (mutant.file.endsWith('.ts')) parseSync(code, { syntax: 'typescript', decorators: true });
    return undefined;
  } catch (error) {
    return `${mutant.title}: ${String(error)}`;
  }
}

describe('the mutants', () => {
  it('replace code that exists once, with code that compiles, and name spec files that exist', () => {
    expect(MUTANTS.flatMap((mutant) => problemOf(mutant) ?? [])).toEqual([]);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(MIN_MUTANTS);
  });

  it('have different titles', () => {
    const titles = MUTANTS.map(({ title }) => title);
    expect(titles.filter((title, at) => titles.indexOf(title) !== at)).toEqual([]);
  });
});

/** A run in which these spec files have these messages of failed tests; undefined for a test that passed. */
function runWith(...files: (string | undefined)[][]) {
  const testResults = files.map((messages) => ({
    status: messages.every((message) => message === undefined) ? 'passed' : 'failed',
    assertionResults: messages.map((message) => ({
      status: message === undefined ? 'passed' : 'failed',
      failureMessages: message === undefined ? [] : [message],
    })),
  }));
  return { hung: false, report: { success: testResults.every(passed), testResults } };
}

const passed = ({ status }: { status: string }): boolean => status === 'passed';

const FAILS = 'expect(received).toBe(expected)';
const TIMES_OUT = 'Error: Exceeded timeout of 120 s for a test.';

describe('the outcome of a mutant', () => {
  it.each([
    ['survived', 'all tests pass', runWith([undefined, undefined], [undefined])],
    ['killed', 'a test fails', runWith([undefined], [undefined, FAILS])],
    ['killed', 'a test fails and another one ends by its timeout', runWith([FAILS, TIMES_OUT])],
    ['timed out', 'a test ends by its timeout', runWith([undefined, TIMES_OUT])],
    ['timed out', 'the run hangs', { hung: true, report: undefined }],
    ['broken', 'jest writes no report', { hung: false, report: undefined }],
  ])('is %s if %s', (outcome, _reason, run) => {
    expect(outcomeOf(run, {})).toBe(outcome);
  });

  it.each([
    ['a test ends by its timeout', runWith([TIMES_OUT])],
    ['the run hangs', { hung: true, report: undefined }],
  ])('is killed if it is marked as one that hangs and %s', (_reason, run) => {
    expect(outcomeOf(run, { hangs: true })).toBe('killed');
  });

  it('is broken if a spec file cannot be loaded', () => {
    const report = { success: false, testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(outcomeOf({ hung: false, report }, {})).toBe('broken');
  });

  it('is killed if the check after a spec file finds a credential in the output', () => {
    const assertionResults = [{ status: 'passed', failureMessages: [] }];
    const report = { success: false, testResults: [{ status: 'failed', assertionResults }] };
    expect(outcomeOf({ hung: false, report }, {})).toBe('killed');
  });
});
