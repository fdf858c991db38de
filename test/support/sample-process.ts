import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { eventually } from './eventually.js';

export interface RunningSample {
  readonly url: string;
  /** The output so far. */
  output(): string;
  /** Whether the process still runs. */
  isRunning(): boolean;
  /** Ends it with SIGTERM, and waits for its end. */
  terminate(): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
}

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: { start: string };
};
/** The command of `npm start` without npm, which would not pass signals to the process. */
const [, ...START] = scripts.start.split(' ');

/** Starts the sample as `npm start` does, on a free port, and waits until it prints its address. */
export async function startSample(env: NodeJS.ProcessEnv = {}): Promise<RunningSample> {
  const { child, output } = launch(env);
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const address = /The sample runs on (\S+);[\s\S]*\/auth\/sessions/;
  await eventually(output, (text) => address.test(text) || !isRunning(), 60_000);
  const url = address.exec(output())?.[1];
  if (url === undefined) throw new Error(`the sample did not start:\n${output()}`);
  return {
    url,
    output,
    isRunning,
    terminate: async () => {
      child.kill('SIGTERM');
      const [exitCode, signal] = await closed;
      return { exitCode, signal };
    },
  };
}

/** Starts the sample with an environment in which it cannot start, and waits for its end. */
export async function failSample(
  env: NodeJS.ProcessEnv,
): Promise<{ exitCode: number | null; output: string }> {
  const { child, output } = launch(env);
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, output: output() };
}

function launch(env: NodeJS.ProcessEnv) {
  // Passes only the variables of the environment that are needed to find programs.
  const clean = { PATH: process.env['PATH'], NO_COLOR: '1', PORT: '0', ...env };
  const child = spawn(process.execPath, START, { env: clean });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, output: () => text };
}
