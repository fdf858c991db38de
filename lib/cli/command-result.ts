/** Exit codes, for scripts. */
export const EXIT = {
  done: 0,
  /** No such user or handle. */
  nothingFound: 1,
  /** Invalid arguments or environment, or no confirmation. */
  usage: 2,
  /** Redis is unavailable, or failed during the command. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Result of a command. */
export interface CommandResult {
  readonly exitCode: ExitCode;
  /** For `--json`; undefined if there is no result. */
  readonly json?: unknown;
  /** The result as readable text. */
  readonly text?: string;
  /** An additional message. */
  readonly message?: string;
}

/** Ends a command with an exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
  }
}
