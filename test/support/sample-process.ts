import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const run = promisify(execFile);
const ROOT = process.cwd();
const SOURCES = ['lib', 'sample', 'package.json', 'tsconfig.json'];

/** The sample, compiled against the compiled package. */
export interface BuiltSample {
  /** Starts it on a free port and waits until it says where it runs. */
  start(env?: NodeJS.ProcessEnv): Promise<RunningSample>;
  /** Starts it where it cannot start, and waits for its end. */
  fail(env: NodeJS.ProcessEnv): Promise<{ exitCode: number | null; output: string }>;
  remove(): Promise<void>;
}

export interface RunningSample {
  readonly url: string;
  /** What it has printed so far. */
  output(): string;
  /** Whether the process still runs. */
  isRunning(): boolean;
  /** Ends it as a terminal or an orchestrator does, and waits for its end. */
  terminate(): Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
}

/** Builds in a directory of its own, so that nothing is pulled away from under another test. */
export async function buildSample(): Promise<BuiltSample> {
  const directory = await mkdtemp(join(tmpdir(), 'session-kit-sample-'));
  for (const name of SOURCES) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  await run('npm', ['run', '--silent', 'build'], { cwd: directory });
  await run('npx', ['tsc', '-p', 'sample'], { cwd: directory });
  return {
    start: (env = {}) => start(directory, env),
    fail: async (env) => {
      const { child, output } = launch(directory, env);
      const [exitCode] = (await once(child, 'close')) as [number | null];
      return { exitCode, output: output() };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function start(directory: string, env: NodeJS.ProcessEnv): Promise<RunningSample> {
  const { child, output } = launch(directory, env);
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

function launch(directory: string, env: NodeJS.ProcessEnv) {
  // Nothing of the environment of the tests but what a program needs to be found.
  const clean = { PATH: process.env['PATH'], NO_COLOR: '1', PORT: '0', ...env };
  const child = spawn(process.execPath, ['.build/sample/main.js'], { cwd: directory, env: clean });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  return { child, output: () => text };
}
