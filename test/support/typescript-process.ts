import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

/** A process that runs a TypeScript file of the tests. */
export interface TypescriptProcess {
  /** Waits until it has written this many lines, and returns them. */
  lines(count: number): Promise<string[]>;
  /** Kills it with SIGKILL. It may have ended already. */
  kill(): Promise<void>;
}

/** Every file is compiled when it is loaded. */
const START_MS = 60_000;

export function startTypescript(file: URL, env: Record<string, string>): TypescriptProcess {
  const child = spawn(
    process.execPath,
    ['--import', '@swc-node/register/esm-register', fileURLToPath(file)],
    {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const written = (): string[] => out.split('\n').slice(0, -1);
  return {
    lines: async (count) => {
      await eventually(
        () => written().length,
        (length) => length >= count || hasEnded(child),
        START_MS,
      );
      if (written().length < count)
        throw new Error(`${file.pathname} ended too early:\n${out}${err}`);
      return written();
    },
    kill: async () => {
      if (hasEnded(child)) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
