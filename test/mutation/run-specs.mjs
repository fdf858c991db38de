import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Only ends a run that hangs. */
const TIMEOUT_MS = 300_000;
/** For mutants that make tests hang: their spec files take seconds without a mutant. */
const HANGS_TIMEOUT_MS = 60_000;

/**
 * Runs spec files of the copy with the settings of `npm test`.
 * @param mutant applied to the copy, if any
 * @returns the report of jest, absent if it wrote none; its output; how long it took; and whether it was ended because
 * it hung
 */
export async function runSpecs({ place, root }, files, { hangs = false } = {}) {
  const reportFile = join(place, 'report.json');
  rmSync(reportFile, { force: true });
  const flags = [
    '--config=test/jest.config.js',
    `--cacheDirectory=${join(place, 'cache')}`,
    '--json',
    `--outputFile=${reportFile}`,
    '--maxWorkers=2',
    '--forceExit',
    '--runTestsByPath',
  ];
  const startedMs = performance.now();
  // In a process group, so that the servers that tests started end with a run that hangs.
  const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...flags, ...files], {
    cwd: root,
    detached: true,
    env: {
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
  });
  const end = () => process.kill(-Number(jest.pid), 'SIGKILL');
  // Before the copy is removed, which the run uses.
  process.prependListener('exit', end);
  let hung = false;
  const timeoutMs = hangs ? HANGS_TIMEOUT_MS : TIMEOUT_MS;
  const timer = setTimeout(() => {
    hung = true;
    end();
  }, timeoutMs);
  const output = [];
  for (const stream of [jest.stdout, jest.stderr]) stream.on('data', (text) => output.push(text));
  await once(jest, 'close');
  clearTimeout(timer);
  process.off('exit', end);
  return {
    report: existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : undefined,
    output: Buffer.concat(output).toString(),
    seconds: (performance.now() - startedMs) / 1000,
    hung,
  };
}
