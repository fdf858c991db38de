import { escapeControlCharacters } from './escape-control-characters.js';

/** One option that is wrong: `path` as in `tokens.accessTtlSeconds`, `message` says what is wrong and how to mend it. */
export interface ConfigProblem {
  readonly path: string;
  readonly message: string;
}

/** Thrown at start when the options cannot work. It names every problem at once and never repeats a secret. */
export class SessionConfigError extends Error {
  override readonly name = 'SessionConfigError';

  /** Private, because Node prints the fields of an error that ends the process, and the message has it all. */
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
