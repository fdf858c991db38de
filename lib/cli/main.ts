#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { escapeLines, withoutPassword } from '../core/escape-control-characters.js';
import type { CommandIo } from './command-io.js';
import { run } from './run.js';

const { stdin, stdout, stderr } = process;

/** Ctrl+C and Ctrl+D count as an empty answer. */
function ask(question: string): Promise<string> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdin, output: stderr });
    lines.once('close', () => resolve(''));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

const io: CommandIo = {
  env: process.env,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  errIsTerminal: stderr.isTTY,
  ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
};

// The reader of a pipe may close it early, as head does.
stdout.on('error', () => undefined);

run(process.argv.slice(2), io).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    process.exitCode = 3;
    const told = error instanceof Error ? (error.stack ?? error.message) : 'unknown error';
    io.err(`${escapeLines(withoutPassword(told))}\n`);
  },
);
