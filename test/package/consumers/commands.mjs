import { execFile } from 'node:child_process';

export class StepFailure extends Error {
  constructor(step, output) {
    super(`FAILED at "${step}"\n${output.trim()}`);
  }
}

/** Runs a program to its end; its failure is a failure of the step. */
export function run({ cwd, step, env = {} }, command, ...args) {
  const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (!error) return resolve({ stdout, stderr });
      const output = [[command, ...args].join(' '), stdout, stderr, error.code].join('\n');
      reject(new StepFailure(step, output));
    });
  });
}

/** Without audit and funding notes, and from the cache of npm if the package is in it. */
export function npmInstall(cwd, ...packages) {
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  return run({ cwd, step: 'install' }, 'npm', 'install', ...quiet, ...packages);
}
