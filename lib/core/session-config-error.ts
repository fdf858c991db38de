import { escapeControlCharacters } from './escape-control-characters.js';

/** One invalid option: `path` as in `tokens.accessTtlSeconds`, `message` with the cause and the fix. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** Thrown at start if the options are invalid. It names every problem at once and never contains a secret. */
export class SessionConfigError extends Error {
  override readonly name = 'SessionConfigError';

  /** Private, because Node prints the fields of an uncaught error, and the message already contains the problems. */
  readonly #problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ path, message }) =>
        `  - ${escapeControlCharacters(path)}: ${escapeControlCharacters(message)}`,
    );
    super(`SessionModule cannot start, its options need a change:\n${lines.join('\n')}`);
    this.#problems = problems;
  }

  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }
}
