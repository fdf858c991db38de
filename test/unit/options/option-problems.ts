import { type ConfigProblem, SessionConfigError } from 'nestjs-session-kit';
import { resolveOptions } from '../../../lib/options/options-resolver.js';
import type { WrittenOptions } from '../../../lib/options/session-options.js';
import { SECRET } from '../fixtures.js';

/** The problems with the options of an application, [] if there are none. */
export function problemsWith(written: unknown, production = false): readonly ConfigProblem[] {
  try {
    resolveOptions(written as WrittenOptions, production);
    return [];
  } catch (error) {
    if (error instanceof SessionConfigError) return error.problems;
    throw error;
  }
}

/** The same with a valid secret added, as `path: message`. */
export function linesFor(written: object, production = false): string[] {
  return problemsWith({ secret: SECRET, ...written }, production).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}
