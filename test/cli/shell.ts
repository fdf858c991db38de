import type { CommandIo } from '../../lib/cli/io.js';
import { run } from '../../lib/cli/run.js';

/** What a command left behind. */
export interface Finished {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** Both, for what must appear in neither. */
  readonly all: string;
  /** What the person was asked. */
  readonly questions: readonly string[];
}

export interface Shell {
  readonly env?: Record<string, string>;
  /** The terminal; there is none when it is missing. */
  readonly answer?: string;
  /** Sees what goes to a standard error that is a terminal. */
  readonly onErr?: (text: string) => void;
}

/** Runs the CLI as a shell would, inside this process. */
export async function type(argv: readonly string[], shell: Shell = {}): Promise<Finished> {
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
