/** Exit codes, for scripts. */
export const EXIT = {
  done: 0,
  /** No such user or handle. */
  nothingFound: 1,
  /** Arguments or environment that cannot be meant, or a confirmation that was not given. */
  usage: 2,
  /** Redis is not there, or failed in the middle. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a command did. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  /** For `--json`; undefined when there is nothing to tell. */
  readonly json?: unknown;
  /** The same for people. */
  readonly text?: string;
  /** A remark beside the result. */
  readonly message?: string;
}

/** Ends a command. `exitCode` says why. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}
