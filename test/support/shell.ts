import type { CommandIo } from '../../lib/cli/command-io.js';
import { run } from '../../lib/cli/run.js';

/** The exit code and the output of a command. */
export interface Finished {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** Both outputs, to assert that a text appears in neither. */
  readonly all: string;
  /** The questions that the command asked. */
  readonly questions: readonly string[];
}

export interface Shell {
  readonly env?: Record<string, string>;
  /** The answer that the user types; without it there is no terminal. */
  readonly answer?: string;
  /** Receives the text of standard error, which is then a terminal. */
  readonly onErr?: (text: string) => void;
}

/** Runs the CLI in this process as a shell would. */
export async function runCli(argv: readonly string[], shell: Shell = {}): Promise<Finished> {
  const { env = {}, answer, onErr } = shell;
  let out = '';
  let err = '';
  const questions: string[] = [];
  const io: CommandIo = {
    env,
    out: (text) => void (out += text),
    err: (text) => {
      err += text;
      onErr?.(text);
    },
    errIsTerminal: onErr !== undefined,
    ask:
      answer === undefined
        ? undefined
        : async (question) => {
            questions.push(question);
            return answer;
          },
  };
  const exitCode = await run(argv, io);
  return { exitCode, out, err, all: out + err, questions };
}
